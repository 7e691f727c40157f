/*
 * A chain of blocks, each twice as large as the one before, up to BLOCK bytes. A piece that does not fit into the rest of the newest
 * block starts another one, of its own size if that is larger. Nothing is freed piece by piece. The first block is small since each page
 * of memory that a CGI process touches costs it as much as a thousand instructions. What is reset keeps its newest block, so after a few
 * requests one block serves a process for all its life.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { FIRST = 512, BLOCK = 32 * 1024 };

struct arena_block {
	struct arena_block *older;
	size_t room, used;
	alignas(max_align_t) unsigned char bytes[];
};

static size_t aligned(size_t n)
{
	return (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static struct arena_block *block_add(struct arena *arena, size_t size)
{
	size_t room = arena->blocks ? 2 * arena->blocks->room : FIRST;
	room = room > BLOCK ? BLOCK : room;
	room = size > room ? size : room;
	struct arena_block *block = room <= SIZE_MAX / 2 ? malloc(sizeof *block + room) : NULL;
	if (!block)
		diag_die("out of memory");
	*block = (struct arena_block){.older = arena->blocks, .room = room};
	arena->blocks = block;
	return block;
}

static void *take_piece(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		diag_die("out of memory");
	size = aligned(size);
	struct arena_block *block = arena->blocks;
	if (!block || block->room - block->used < size)
		block = block_add(arena, size);
	void *taken = block->bytes + block->used;
	block->used += size;
	return taken;
}

void *arena_take(struct arena *arena, size_t size)
{
	return memset(take_piece(arena, size), 0, size);
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
	struct arena_block *block = arena->blocks;
	size_t was = aligned(old_size), more = aligned(new_size) - was;
	if (old && block && (unsigned char *)old + was == block->bytes + block->used && block->room - block->used >= more) {
		block->used += more;
		return old;
	}
	void *moved = take_piece(arena, new_size);
	if (old_size)
		memcpy(moved, old, old_size);
	return moved;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t n)
{
	char *copy = take_piece(arena, n + 1);
	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *newest = arena->blocks;
	if (!newest || newest->room > BLOCK) {
		arena_free(arena);
		return;
	}
	arena->blocks = newest->older;
	arena_free(arena);
	*newest = (struct arena_block){.room = newest->room};
	arena->blocks = newest;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *older = arena->blocks->older;
		free(arena->blocks);
		arena->blocks = older;
	}
}

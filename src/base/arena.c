/*
 * A chain of blocks of at least BLOCK bytes each. A piece that does not fit into the rest of the newest block starts a block of its
 * own size. Nothing is freed piece by piece. A request needs a few kilobytes, so usually one malloc serves a process for all its life.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { BLOCK = 32 * 1024 };

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
	size_t room = size > BLOCK ? size : BLOCK;
	struct arena_block *block = room <= SIZE_MAX / 2 ? malloc(sizeof *block + room) : NULL;
	if (!block)
		diag_die("out of memory");
	*block = (struct arena_block){.older = arena->blocks, .room = room};
	arena->blocks = block;
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		diag_die("out of memory");
	size = aligned(size);
	struct arena_block *block = arena->blocks;
	if (!block || block->room - block->used < size)
		block = block_add(arena, size);
	void *taken = block->bytes + block->used;
	block->used += size;
	return memset(taken, 0, size);
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
	struct arena_block *block = arena->blocks;
	size_t was = aligned(old_size), more = aligned(new_size) - was;
	if (old && block && (unsigned char *)old + was == block->bytes + block->used && block->room - block->used >= more) {
		block->used += more;
		return old;
	}
	void *moved = arena_take(arena, new_size);
	if (old_size)
		memcpy(moved, old, old_size);
	return moved;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t n)
{
	char *copy = arena_take(arena, n + 1);
	if (n)
		memcpy(copy, bytes, n);
	return copy;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *block = arena->blocks;
	while (block && (block->older || block->room > BLOCK)) {
		struct arena_block *older = block->older;
		free(block);
		block = older;
	}
	if (block)
		block->used = 0;
	arena->blocks = block;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *older = arena->blocks->older;
		free(arena->blocks);
		arena->blocks = older;
	}
}

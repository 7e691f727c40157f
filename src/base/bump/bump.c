/*
 * An allocator without bookkeeping, for CGI by `make static`. A process that ends after one request gains nothing from free, and what a
 * general allocator does to make it possible, such as a mapping for each size, costs musl a tenth of a post. FastCGI workers and commands,
 * which live long, keep the C library's allocator.
 *
 * The linker's --wrap sends the calls of every object here, those inside the static C library too: a call of malloc arrives at
 * __wrap_malloc, and __real_malloc is the C library's. Pieces of both kinds may be mixed: what is not from the region goes to the C
 * library, so the region may be small. It is part of the program's zeroed data, of which only the pages that are used take memory.
 */
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 512 * 1024, ALIGNMENT = alignof(max_align_t) };

struct piece {
	alignas(ALIGNMENT) size_t size; /* a multiple of ALIGNMENT */
	alignas(ALIGNMENT) unsigned char bytes[];
};

static alignas(64) unsigned char region[ROOM]; /* the linker may put what has the largest alignment beside the program's other data */
static size_t used = ROOM;                     /* no piece fits until begin */
static struct piece *last;                     /* ends at used, so it can grow and go back; NULL if unknown */

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *bytes);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *bytes);

/* As main decides. */
__attribute__((constructor)) static void begin(void)
{
	if (getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD"))
		used = 0;
}

static struct piece *piece_of(void *bytes)
{
	return (struct piece *)((unsigned char *)bytes - offsetof(struct piece, bytes));
}

static bool in_region(const void *bytes)
{
	return (uintptr_t)bytes - (uintptr_t)region < ROOM;
}

static size_t rounded(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* NULL if it does not fit. */
static void *take(size_t size)
{
	if (size > ROOM || ROOM - used < sizeof *last + rounded(size))
		return NULL;
	last = (struct piece *)(region + used);
	last->size = rounded(size);
	used += sizeof *last + last->size;
	return last->bytes;
}

void *__wrap_malloc(size_t size)
{
	void *taken = take(size);
	return taken ? taken : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *taken = size == 0 || n <= ROOM / size ? take(n * size) : NULL;
	return taken ? memset(taken, 0, n * size) : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	if (old && !in_region(old))
		return __real_realloc(old, size);
	struct piece *piece = old ? piece_of(old) : NULL;
	if (piece && piece == last && size <= ROOM && rounded(size) <= ROOM - (size_t)(piece->bytes - region)) {
		piece->size = rounded(size);
		used = (size_t)(piece->bytes - region) + piece->size;
		return old;
	}
	if (piece && size <= piece->size)
		return old;
	void *moved = __wrap_malloc(size);
	if (moved && piece)
		memcpy(moved, old, piece->size);
	return moved;
}

void __wrap_free(void *bytes)
{
	if (!in_region(bytes))
		__real_free(bytes);
	else if (piece_of(bytes) == last) {
		used = (size_t)((unsigned char *)last - region);
		last = NULL;
	}
}

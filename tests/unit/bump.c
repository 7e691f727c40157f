/* The allocator of a CGI process. main starts the program once more with the variable by which it knows one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* Calls through these can't be optimised away. */
static void *(*volatile take)(size_t) = malloc;
static void *(*volatile take_zeroed)(size_t, size_t) = calloc;
static void *(*volatile resize)(void *, size_t) = realloc;
static void (*volatile give_back)(void *) = free;

enum { WHOLE = 512 * 1024 /* the region */ };

static void pieces_are_aligned_and_apart(void **state)
{
	unsigned char *pieces[50];
	(void)state;
	for (size_t i = 0; i < 50; i++) {
		pieces[i] = take(i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 0; i < 50; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_equal(pieces[i][k], i);
}

static void only_the_last_piece_goes_back(void **state)
{
	void *first = take(100), *last = take(100);
	(void)state;
	give_back(first);
	assert_ptr_not_equal(take(100), first);
	last = take(100);
	give_back(last);
	assert_ptr_equal(take(50), last);
	give_back(NULL);
}

static void the_last_piece_grows_and_shrinks_where_it_is(void **state)
{
	char *piece = take(10);
	(void)state;
	strcpy(piece, "grows");
	assert_ptr_equal(resize(piece, 5000), piece);
	assert_ptr_equal(resize(piece, 20), piece);
	assert_true((char *)take(1) < piece + 100);
	char *moved = resize(piece, 6000);
	assert_ptr_not_equal(moved, piece);
	assert_string_equal(moved, "grows");
	assert_ptr_not_equal(resize(NULL, 10), NULL);
}

static void calloc_gives_zeroes_also_where_something_was(void **state)
{
	unsigned char *piece = take(200);
	(void)state;
	memset(piece, 0xFF, 200);
	give_back(piece);
	unsigned char *zeroed = take_zeroed(20, 10);
	assert_ptr_equal(zeroed, piece);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(zeroed[i], 0);
	assert_null(take_zeroed(SIZE_MAX / 2, 4));
}

/* The C library has the rest, and what is grown beyond the region moves there with its bytes. */
static void the_region_may_be_full(void **state)
{
	char *piece = take(10), *large = take(2 * WHOLE);
	(void)state;
	assert_non_null(large);
	memset(large, 'x', 2 * WHOLE);
	strcpy(piece, "moves");
	char *moved = resize(piece, 3 * WHOLE);
	assert_string_equal(moved, "moves");
	moved = resize(moved, 4 * WHOLE);
	assert_string_equal(moved, "moves");
	give_back(large);
	for (int i = 0; i < 2 * WHOLE / 1024; i++) {
		unsigned char *small = take(1024);
		assert_non_null(small);
		memset(small, i, 1024);
	}
	assert_string_equal(moved, "moves");
	give_back(moved);
	assert_null(take(SIZE_MAX - 5));
	assert_null(resize(NULL, SIZE_MAX - 5));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_and_apart),
		cmocka_unit_test(only_the_last_piece_goes_back),
		cmocka_unit_test(the_last_piece_grows_and_shrinks_where_it_is),
		cmocka_unit_test(calloc_gives_zeroes_also_where_something_was),
		cmocka_unit_test(the_region_may_be_full),
	};
	(void)argc;
	if (!getenv("REQUEST_METHOD") && (setenv("REQUEST_METHOD", "GET", 1) < 0 || execv("/proc/self/exe", argv) < 0)) {
		perror(argv[0]);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

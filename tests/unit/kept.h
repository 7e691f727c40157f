/* Lines kept in a log of a test program's own, and what must come of them; with code, since each program is one file. */
#ifndef KEPT_LINES_H
#define KEPT_LINES_H

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "scratch.h"

#define DAY "2026-11-23"

static const time_t noon = 1795435200; /* of that day */
enum { A_DAY = 24 * 60 * 60, START = sizeof LOG_LINE_START - 1 };

static struct arena arena;
static struct secret secret;
static size_t said;

static void count_messages(void *context, const char *line, size_t n)
{
	(void)context, (void)line, (void)n;
	said++;
}

/* A group's setup. */
static int group_begin(void **state)
{
	memset(secret.bytes, 7, sizeof secret.bytes);
	return sodium_init() < 0 ? -1 : scratch_make(state);
}

/* A test's setup: messages are counted, not shown: most of these tests make something fail. */
static int begin(void **state)
{
	(void)state;
	said = 0;
	diag_to(count_messages, NULL);
	return 0;
}

/* Its teardown. */
static int end(void **state)
{
	(void)state;
	diag_to(NULL, NULL);
	arena_free(&arena);
	return 0;
}

__attribute__((unused)) static char *path_of(const char *form, const char *file)
{
	return text_printed(&arena, "%s/%s%s%s", scratch, form, *file ? "/" : "", file);
}

/* A line that holds payload, with room for the id or the id itself. */
static struct text line_of(const char *id, const char *payload)
{
	struct text line = {.arena = &arena};
	text_format(&line, LOG_LINE_START "%s\",\"fields\":{\"a\":\"%s\"}}\n", id ? id : "-----------------------------", payload);
	return line;
}

struct kept {
	char id[ID_LENGTH + 1];
	const char *payload;
};

static int try_to_keep(struct log *log, const char *payload, struct kept *kept)
{
	struct text line = line_of(NULL, payload);
	memset(kept->id, 0, sizeof kept->id);
	kept->payload = payload;
	return log_append(log, &secret, line.bytes, line.length, noon, kept->id);
}

__attribute__((unused)) static struct kept keep(struct log *log, const char *payload)
{
	struct kept kept;
	assert_int_equal(try_to_keep(log, payload, &kept), 0);
	assert_int_equal(strlen(kept.id), ID_LENGTH);
	return kept;
}

__attribute__((unused)) static void assert_found(const struct log *log, const struct kept *kept)
{
	struct span line;
	struct text expected = line_of(kept->id, kept->payload);
	assert_int_equal(log_line_find(log, &secret, span_of(kept->id), &arena, &line), LOG_FOUND);
	assert_int_equal(line.length, expected.length - 1);
	assert_memory_equal(line.bytes, expected.bytes, line.length);
}

__attribute__((unused)) static void assert_absent(const struct log *log, const char *id)
{
	struct span line;
	assert_int_equal(log_line_find(log, &secret, span_of(id), &arena, &line), LOG_ABSENT);
}

static struct span bytes_of(const char *path)
{
	struct stat status;
	int file = open(path, O_RDONLY);
	assert_true(file >= 0 && fstat(file, &status) == 0);
	char *bytes = arena_take(&arena, (size_t)status.st_size + 1);
	assert_int_equal(read(file, bytes, (size_t)status.st_size), status.st_size);
	close(file);
	return (struct span){bytes, (size_t)status.st_size};
}

/* The file must hold these lines and nothing else. */
__attribute__((unused)) static void assert_holds(const char *path, const struct kept *lines, size_t n)
{
	struct text expected = {.arena = &arena};
	struct span got = bytes_of(path);
	for (size_t i = 0; i < n; i++)
		text_put(&expected, line_of(lines[i].id, lines[i].payload).bytes);
	assert_int_equal(got.length, expected.length);
	assert_memory_equal(got.bytes, text_string(&expected), got.length);
}

__attribute__((unused)) static char *many(char c, size_t n)
{
	return memset(arena_take(&arena, n + 1), c, n);
}

__attribute__((unused)) static size_t entries_of(const char *path)
{
	size_t n = 0;
	DIR *folder = opendir(path);
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n - 2;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif

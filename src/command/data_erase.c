/*
 * A line never changes but to be erased, so a piece of a log that reads the same in both holds nothing to do. The original is read
 * under its lock, which whoever erases a line holds until all of it is erased.
 */
#include "command/data_erase.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "keep/erase.h"
#include "keep/log_day.h"
#include "keep/record.h"
#include "task/job.h"

enum { PIECE = 256 * 1024, LONGEST = 256 * 1024 * 1024, BELOW = 1024 };

/* A log of the copy and its original. */
struct log_pair {
	const char *copy, *form; /* the folder of the copy, and the form's name */
	bool marks;
	int original, copied;
	char *was, *now; /* a piece of the copy, and the same of the original */
	size_t room;
};

/* Overwrites and removes in the copy what belongs to an outcome whose line was this. */
static int erase_in_copy(const struct log_pair *pair, struct span line)
{
	json_t *record = pair->marks ? NULL : record_read(line);
	if (!record)
		return 0;
	const char *id = json_string_value(json_object_get(record, "id"));
	job_remove_all(pair->copy, pair->form, span_of(id));
	int failed = erase_files(pair->copy, pair->form, record);
	json_decref(record);
	return failed;
}

/* Deals with the lines of a piece in which the original differs. */
static int erase_lines(const struct log_pair *pair, size_t n, off_t offset)
{
	size_t length;
	int failed = 0;
	for (size_t at = 0; at < n; at += length) {
		const char *end = memchr(pair->was + at, '\n', n - at);
		length = (size_t)(end - (pair->was + at)) + 1;
		struct span was = {pair->was + at, length - 1}, now = {pair->now + at, length - 1};
		if (memcmp(was.bytes, now.bytes, length) == 0 || now.bytes[now.length] != '\n' || !record_erased(now))
			continue;
		failed |= erase_in_copy(pair, was) < 0 || pwrite(pair->copied, now.bytes, length, offset + (off_t)at) != (ssize_t)length;
	}
	return failed ? -1 : 0;
}

/* Reads a piece of the original under its lock; false if it is shorter by now. */
static bool read_original(const struct log_pair *pair, size_t n, off_t offset)
{
	if (file_lock(pair->original) < 0)
		return false;
	ssize_t got = pread(pair->original, pair->now, n, offset);
	flock(pair->original, LOCK_UN);
	return got == (ssize_t)n;
}

/* Gives the length of the whole lines in n bytes. */
static size_t whole_lines(const char *bytes, size_t n)
{
	while (n && bytes[n - 1] != '\n')
		n--;
	return n;
}

static int make_pieces(struct log_pair *pair, size_t room)
{
	free(pair->was);
	free(pair->now);
	pair->was = malloc(room);
	pair->now = malloc(room);
	pair->room = room;
	errno = room > LONGEST ? EFBIG : ENOMEM;
	return pair->was && pair->now && room <= LONGEST ? 0 : -1;
}

static int compare_logs(struct log_pair *pair)
{
	off_t offset = 0;
	ssize_t got;
	if (make_pieces(pair, PIECE) < 0)
		return -1;
	while ((got = pread(pair->copied, pair->was, pair->room, offset)) > 0) {
		size_t n = whole_lines(pair->was, (size_t)got);
		if (!n && (size_t)got == pair->room) {
			if (make_pieces(pair, pair->room * 2) < 0)
				return -1;
			continue;
		}
		if (!n || !read_original(pair, n, offset))
			break;
		if (memcmp(pair->was, pair->now, n) != 0 && erase_lines(pair, n, offset) < 0)
			return -1;
		offset += (off_t)n;
	}
	return got < 0 ? -1 : 0;
}

static int compare_log(const char *data, const char *copy, const char *form, const char *below, bool marks)
{
	char path[PATH_MAX + BELOW];
	struct log_pair pair = {.copy = copy, .form = form, .marks = marks};
	snprintf(path, sizeof path, "%s/%s", data, below);
	pair.original = open(path, O_RDONLY | O_CLOEXEC);
	if (pair.original < 0)
		return errno == ENOENT ? 0 : (diag_system("%s: can't be read", path), -1);
	snprintf(path, sizeof path, "%s/%s", copy, below);
	pair.copied = open(path, O_RDWR | O_CLOEXEC);
	int failed = pair.copied < 0 || compare_logs(&pair) < 0;
	if (failed)
		diag_system("%s: what was erased meanwhile can't be erased there", path);
	file_close(pair.original);
	file_close(pair.copied);
	free(pair.was);
	free(pair.now);
	return failed ? -1 : 0;
}

/* Compares all logs in one folder of the copy: those of a form's outcomes, or of its marks. */
static int compare_folder(const char *data, const char *copy, const char *form, bool marks)
{
	char path[PATH_MAX], below[BELOW], node[CONFIG_NAME_MAX + 1];
	uint16_t day;
	int failed = 0;
	snprintf(path, sizeof path, "%s/%s%s", copy, form, marks ? "/marks" : "");
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (!log_day_named(entry->d_name, &day, node))
			continue;
		snprintf(below, sizeof below, "%s%s/%s", form, marks ? "/marks" : "", entry->d_name);
		failed |= compare_log(data, copy, form, below, marks) < 0;
	}
	if (folder)
		closedir(folder);
	return failed;
}

int data_erase_run(const char *data, const char *copy)
{
	int failed = 0;
	DIR *folder = opendir(copy);
	if (!folder) {
		diag_system("%s: the folder can't be read", copy);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			failed |= compare_folder(data, copy, entry->d_name, false) | compare_folder(data, copy, entry->d_name, true);
	closedir(folder);
	return failed ? -1 : 0;
}

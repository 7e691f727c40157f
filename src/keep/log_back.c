/*
 * Reading a log backwards. The files of one day are open together, one for each node, and their lines are merged by the time in
 * them. Each file is read in pieces from its end; nothing is kept of what was given.
 */
#define _GNU_SOURCE /* memrchr */
#include "keep/log_back.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "keep/log_day.h"

enum { PIECE = 64 * 1024, MOST = LOG_LINE_LONGEST + 1 /* with the newline before it */, STAMP = DATE_STAMP - 1 };

/* The name of one file. */
struct file_name {
	uint16_t day;
	char node[CONFIG_NAME_MAX + 1];
};

/* One file of the day that is being read. */
struct back_file {
	const char *node;
	int file;    /* -1 once it is read to its beginning, or can't be read */
	char *bytes; /* what was read of it and not given yet: whole lines, but for the first */
	size_t have;
	uint64_t at; /* offset of the first of these bytes */
	bool has_line;
	struct span line; /* the next one to give */
	uint64_t offset;
	char stamp[STAMP + 1]; /* its time, or "" */
};

struct log_back {
	struct log log;
	struct file_name *names; /* the newest day first */
	size_t names_n, next;    /* next: the first of the day to come */
	struct back_file *files;
	size_t files_n;
	struct back_file *given; /* whose line was given last */
	uint16_t day;
	bool failed, resumed;
	struct place place;    /* where to resume, */
	char stamp[STAMP + 1]; /* and the time of the line there, or "" */
	uint64_t read;
};

/* --- the files ----------------------------------------------------------------------------------------------------- */

static int newest_first(const void *a, const void *b)
{
	const struct file_name *x = a, *y = b;
	return x->day != y->day ? (x->day < y->day) - (x->day > y->day) : strcmp(x->node, y->node);
}

/* Lists the files of the days asked for. */
static void list_files(struct log_back *back, int64_t newest, int64_t oldest)
{
	char path[PATH_MAX];
	struct file_name name;
	size_t room = 0;
	log_folder(&back->log, path);
	DIR *folder = opendir(path);
	if (!folder && errno != ENOENT && errno != ENOTDIR) {
		diag_system("%s: the folder can't be read", path);
		back->failed = true;
	}
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (!log_day_named(entry->d_name, &name.day, name.node) || name.day > newest || name.day < oldest)
			continue;
		if (back->names_n == room && !(back->names = realloc(back->names, (room = room ? 2 * room : 64) * sizeof name)))
			diag_die("out of memory");
		back->names[back->names_n++] = name;
	}
	if (folder)
		closedir(folder);
	if (back->names_n)
		qsort(back->names, back->names_n, sizeof name, newest_first);
}

struct log_back *log_back_open(const char *data, const char *form, int64_t newest, int64_t oldest)
{
	struct log_back *back = calloc(1, sizeof *back);
	if (!back)
		diag_die("out of memory");
	log_begin(&back->log, data, form, "", false);
	list_files(back, newest, oldest);
	return back;
}

void log_back_resume(struct log_back *back, struct place place, struct span received)
{
	back->resumed = true;
	back->place = place;
	if (received.length == STAMP)
		memcpy(back->stamp, received.bytes, STAMP);
	while (back->next < back->names_n && back->names[back->next].day > place.day)
		back->next++;
}

uint64_t log_back_bytes(const struct log_back *back)
{
	return back->read;
}

static void close_day(struct log_back *back)
{
	for (size_t i = 0; i < back->files_n; i++) {
		file_close(back->files[i].file);
		free(back->files[i].bytes);
	}
	free(back->files);
	back->files = NULL;
	back->files_n = 0;
	back->given = NULL;
}

void log_back_close(struct log_back *back)
{
	if (!back)
		return;
	close_day(back);
	log_end(&back->log);
	free(back->names);
	free(back);
}

/* --- one file ------------------------------------------------------------------------------------------------------ */

/* Reads a piece in front of what is there; a longer one where no line was whole, up to LOG_LINE_LONGEST. -1 and errno on failure. */
static int read_piece(struct log_back *back, struct back_file *from)
{
	size_t piece = from->have < PIECE ? PIECE : from->have, n = from->at < piece ? (size_t)from->at : piece;
	if (from->have + n > MOST)
		n = MOST - from->have;
	char *bytes = malloc(from->have + n);
	if (!bytes)
		return -1;
	ssize_t got = pread(from->file, bytes, n, (off_t)(from->at - n));
	if (got != (ssize_t)n) {
		errno = got < 0 ? errno : ESTALE; /* it was cut meanwhile */
		free(bytes);
		return -1;
	}
	if (from->have)
		memcpy(bytes + n, from->bytes, from->have);
	free(from->bytes);
	from->bytes = bytes;
	from->have += n;
	from->at -= n;
	back->read += n;
	return 0;
}

/* Takes the last whole line off the bytes that are there; false where none is whole yet. */
static bool take_last_line(struct back_file *from)
{
	const char *end = from->have ? from->bytes + from->have - 1 : NULL,
		   *before = end ? memrchr(from->bytes, '\n', from->have - 1) : NULL;
	if (!end || (!before && from->at > 0))
		return false;
	const char *start = before ? before + 1 : from->bytes;
	from->line = (struct span){start, (size_t)(end - start)};
	from->have = (size_t)(start - from->bytes);
	from->offset = from->at + from->have;
	return true;
}

/* Drops what stands behind the last newline of what is not given yet, and reads on until there is one. -1 and errno on failure. */
static int drop_to_newline(struct log_back *back, struct back_file *from)
{
	for (;;) {
		const char *last = from->have ? memrchr(from->bytes, '\n', from->have) : NULL;
		from->have = last ? (size_t)(last - from->bytes) + 1 : 0;
		if (last || from->at == 0)
			return 0;
		if (read_piece(back, from) < 0)
			return -1;
	}
}

/* Reads on where no line is whole yet; passes over one that is too long. -1 and errno on failure. */
static int read_further(struct log_back *back, struct back_file *from)
{
	char path[PATH_MAX];
	if (from->have < MOST)
		return read_piece(back, from);
	from->have = 0;
	if (drop_to_newline(back, from) < 0)
		return -1;
	log_path(&back->log, back->day, from->node, path);
	diag_error("%s: the line at offset %ju was passed over: it is longer than %d MiB", path, (uintmax_t)(from->at + from->have),
		LOG_LINE_LONGEST >> 20);
	return 0;
}

/* Keeps the time in a line, which is what files are merged by. */
static void read_stamp(struct back_file *from)
{
	static const char key[] = "\",\"received\":\"";
	size_t most = from->line.length < 256 ? from->line.length : 256;
	const char *found = memmem(from->line.bytes, most, key, sizeof key - 1), *stamp = found ? found + sizeof key - 1 : NULL;
	bool whole = stamp && (size_t)(from->line.bytes + from->line.length - stamp) >= STAMP;
	memset(from->stamp, 0, sizeof from->stamp);
	if (whole)
		memcpy(from->stamp, stamp, STAMP);
}

/* Makes the next older line of a file the one to give; the file is closed where there is none. */
static void step_back(struct log_back *back, struct back_file *from)
{
	char path[PATH_MAX];
	from->has_line = false;
	while (from->file >= 0 && !take_last_line(from)) {
		if (from->at > 0 && read_further(back, from) == 0)
			continue;
		if (from->at > 0) {
			log_path(&back->log, back->day, from->node, path);
			diag_system("%s: read failed", path);
			back->failed = true;
		}
		file_close(from->file);
		from->file = -1;
		return;
	}
	from->has_line = from->file >= 0;
	if (from->has_line)
		read_stamp(from);
}

/* Tells whether a line comes before the one where the reading resumes, which was given already, or after it. */
static bool was_given(const struct log_back *back, const struct back_file *from)
{
	int order = *back->stamp && *from->stamp ? strcmp(from->stamp, back->stamp) : -1;
	return order > 0 || (order == 0 && id_node(from->node) > back->place.node);
}

/* Opens a file of the day and makes its newest line ready. */
static void open_file_of_day(struct log_back *back, struct back_file *from, const char *node)
{
	char path[PATH_MAX];
	struct stat status;
	*from = (struct back_file){.node = node};
	log_path(&back->log, back->day, node, path);
	from->file = log_open(path, O_RDONLY, *back->log.node);
	if (from->file < 0 || fstat(from->file, &status) < 0) {
		if (from->file >= 0 || errno != ENOENT) {
			diag_system("%s: read failed", path);
			back->failed = true;
		}
		file_close(from->file);
		from->file = -1;
		return;
	}
	bool resumes = back->resumed && back->place.day == back->day, same = resumes && back->place.node == id_node(node);
	from->at = (uint64_t)status.st_size;
	if (same && back->place.offset < from->at)
		from->at = back->place.offset;
	else
		drop_to_newline(back, from); /* a torn tail was never acknowledged; if it can't be read, step_back says so */
	step_back(back, from);
	while (resumes && !same && from->has_line && was_given(back, from))
		step_back(back, from);
}

static bool open_next_day(struct log_back *back)
{
	size_t first = back->next, n = 0;
	close_day(back);
	if (first == back->names_n)
		return false;
	back->day = back->names[first].day;
	while (first + n < back->names_n && back->names[first + n].day == back->day)
		n++;
	back->files = calloc(n, sizeof *back->files);
	if (!back->files)
		diag_die("out of memory");
	back->files_n = n;
	for (size_t i = 0; i < n; i++)
		open_file_of_day(back, &back->files[i], back->names[first + i].node);
	back->next = first + n;
	return true;
}

/* Tells whether the line of one file goes before that of another; one without a time goes with what stood behind it. */
static bool goes_first(const struct back_file *a, const struct back_file *b)
{
	if (!*a->stamp || !*b->stamp)
		return !*a->stamp && *b->stamp;
	int order = strcmp(a->stamp, b->stamp);
	return order > 0 || (order == 0 && id_node(a->node) > id_node(b->node));
}

static struct back_file *newest_of_day(struct log_back *back)
{
	struct back_file *newest = NULL;
	for (size_t i = 0; i < back->files_n; i++)
		if (back->files[i].has_line && (!newest || goes_first(&back->files[i], newest)))
			newest = &back->files[i];
	return newest;
}

enum log_found log_back_next(struct log_back *back, struct log_back_line *line)
{
	struct back_file *from;
	if (back->given)
		step_back(back, back->given);
	back->given = NULL;
	while (!(from = newest_of_day(back)))
		if (!open_next_day(back))
			return back->failed ? LOG_FAILED : LOG_ABSENT;
	back->given = from;
	*line = (struct log_back_line){back->day, from->node, from->offset, from->line};
	return LOG_FOUND;
}

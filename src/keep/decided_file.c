/*
 * The file is one line, "DAY BEFORE NOW GENERATION DAY OFFSET", behind which a pair "DAY OFFSET" follows for each day that is still to
 * come and has lines that are decided.
 *
 * Nodes are also found by their logs. GlusterFS lists the names that one brick has, and after a power cut that brick may lack a file that
 * can still be opened.
 */
#include "keep/decided_file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "keep/log_day.h"

#define PREFIX "decided."

enum { LINE_MOST = 1024 };

_Static_assert(LINE_MOST > 128 + DECIDED_AHEAD * 32, "a line fits");

void decided_file_path(const struct log *log, const char *node, char path[PATH_MAX])
{
	log_folder(log, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/" PREFIX "%s", node);
}

/* Reads the pairs at the end of the line; false if anything else stands there. */
static bool read_ahead(struct decided *decided, const char *text)
{
	struct decided_ahead ahead;
	for (int n; sscanf(text, " %" SCNu16 " %" SCNu64 "%n", &ahead.day, &ahead.offset, &n) == 2; text += n) {
		if (decided->ahead_n == DECIDED_AHEAD)
			return false;
		decided->ahead[decided->ahead_n++] = ahead;
	}
	return strcmp(text, "\n") == 0;
}

int decided_file_read(struct decided *decided, const struct log *log, const char *node)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct span content;
	int n;
	decided_file_path(log, node, path);
	*decided = (struct decided){0};
	int found = file_read(path, LINE_MOST, &arena, &content) == 0 ? 1 : errno == ENOENT || errno == EFBIG ? 0 : -1;
	if (found > 0 &&
		(sscanf(content.bytes, "%" SCNu16 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu16 " %" SCNu64 "%n", &decided->day,
			 &decided->before, &decided->now, &decided->generation, &decided->known_day, &decided->known_offset, &n) != 6 ||
			!read_ahead(decided, content.bytes + n))) {
		found = 0;
		errno = EBADMSG;
	}
	int reason = errno;
	arena_free(&arena);
	errno = reason;
	return found;
}

static size_t format(const struct decided *decided, char line[LINE_MOST])
{
	int n = snprintf(line, LINE_MOST, "%u %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %" PRIu64, decided->day, decided->before, decided->now,
		decided->generation, decided->known_day, decided->known_offset);
	for (size_t i = 0; i < decided->ahead_n; i++)
		n += snprintf(line + n, LINE_MOST - (size_t)n, " %u %" PRIu64, decided->ahead[i].day, decided->ahead[i].offset);
	n += snprintf(line + n, LINE_MOST - (size_t)n, "\n");
	return (size_t)n;
}

int decided_file_write(const struct decided *decided, const struct log *log, bool new)
{
	char path[PATH_MAX], line[LINE_MOST];
	decided_file_path(log, log->node, path);
	return file_put(path, line, format(decided, line), log->durable, new);
}

bool decided_file_is_same(const struct decided *one, const struct decided *other)
{
	char line[LINE_MOST], other_line[LINE_MOST];
	size_t n = format(one, line);
	return n == format(other, other_line) && memcmp(line, other_line, n) == 0;
}

/* The nodes that a walk has come upon. */
struct met {
	struct met *next;
	char node[CONFIG_NAME_MAX + 1];
};

/* Tells whether a node is met for the first time, and notes it. */
static bool meet(struct met **all, const char *node, struct arena *arena)
{
	for (const struct met *met = *all; met; met = met->next)
		if (strcmp(met->node, node) == 0)
			return false;
	struct met *met = arena_take(arena, sizeof *met);
	*met = (struct met){.next = *all};
	snprintf(met->node, sizeof met->node, "%s", node);
	*all = met;
	return true;
}

/* Gives the node of which a name in a form's folder tells: that of its file, or of a log. */
static bool node_named(const char *name, char node[CONFIG_NAME_MAX + 1])
{
	uint16_t day;
	const char *named = name + sizeof PREFIX - 1;
	if (log_day_named(name, &day, node))
		return *node;
	if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0 || strstr(named, ".new") || strlen(named) > CONFIG_NAME_MAX)
		return false;
	strcpy(node, named);
	return true;
}

/* Takes a node, unless it has no file; -1 if it can't be read. */
static int take_node(const struct log *log, const char *node, decided_taker *take, void *context)
{
	struct decided decided;
	int found = decided_file_read(&decided, log, node);
	if (found < 0 || (found == 0 && errno == ENOENT))
		return found;
	if (found == 0)
		decided = (struct decided){0};
	return take(context, node, &decided);
}

int decided_file_each(const struct log *log, decided_taker *take, void *context)
{
	char path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	struct arena arena = {0};
	struct met *all = NULL;
	int ended = 0, failed = 0;
	log_folder(log, path);
	DIR *folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -1;
	errno = 0; /* readdir gives NULL both at the end and on failure; only errno differs */
	for (struct dirent *entry; ended <= 0 && (entry = readdir(folder)); errno = 0)
		if (node_named(entry->d_name, node) && meet(&all, node, &arena)) {
			ended = take_node(log, node, take, context);
			failed = ended < 0 ? errno : failed;
		}
	int reason = errno ? errno : failed;
	closedir(folder);
	arena_free(&arena);
	errno = reason;
	return ended > 0 ? ended : reason ? -1 : 0;
}

uint64_t decided_file_end(const struct decided *decided, uint16_t day)
{
	for (size_t i = 0; i < decided->ahead_n; i++)
		if (decided->ahead[i].day == day)
			return decided->ahead[i].offset;
	return day == decided->day ? decided->now : day + 1 == decided->day ? decided->before : day < decided->day ? UINT64_MAX : 0;
}

bool decided_file_covers(const struct decided *decided, uint16_t day, uint64_t offset)
{
	return offset < decided_file_end(decided, day);
}

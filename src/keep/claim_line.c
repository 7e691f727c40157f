/* A claim is put after its line was flushed, so a line that isn't there was made void, or this host can't see it yet. */
#include "keep/claim_line.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "keep/steady.h"

/* Tells whether a file of another host that may have a place does not reach it yet, as far as this host can see: 1, 0, or -1 and errno. */
static int may_come(const struct log *log, struct place place)
{
	char path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	struct stat status;
	uint16_t day;
	int may = 0;
	if (!log->durable || place.node == id_node(log->node))
		return 0;
	log_folder(log, path);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && !may && (entry = readdir(folder));) {
		if (!log_day_named(entry->d_name, &day, node) || day != place.day || id_node(node) != place.node)
			continue;
		log_path(log, day, node, path);
		may = stat(path, &status) == 0 && (uint64_t)status.st_size <= place.offset;
	}
	if (!folder)
		return -1;
	closedir(folder);
	return may;
}

/* Sorts out a line that is not there. */
static enum claim_line_found find_missing(const struct log *log, const struct secret *secret, const char *id)
{
	struct place place;
	int may = id_read(span_of(id), secret, &place) ? may_come(log, place) : 0;
	if (!may)
		return CLAIM_LINE_GONE;
	if (may > 0)
		errno = ESTALE;
	diag_system("the form \"%s\": the line of a claim can't be read", log->form);
	return CLAIM_LINE_FAILED;
}

enum claim_line_found claim_line_find(struct claim_line *found, const struct log *log, const struct secret *secret, const struct key *key,
	const char *id, struct arena *arena)
{
	struct record_start start;
	struct span line;
	struct key had;
	*found = (struct claim_line){0};
	switch (log_line_find(log, secret, span_of(id), arena, &line)) {
	case LOG_FOUND: break;
	case LOG_ABSENT: return find_missing(log, secret, id);
	case LOG_FAILED: return CLAIM_LINE_FAILED;
	}
	if (record_erased(line))
		return CLAIM_LINE_ERASED;
	json_t *record = record_read(line);
	json_decref(record);
	if (!record || !record_start_read(line, log->form, &start) || !key_read(start.key, &had) ||
		memcmp(had.name, key->name, KEY_NAME) != 0)
		return CLAIM_LINE_GONE;
	found->received = start.received;
	found->same = memcmp(had.content, key->content, KEY_CONTENT) == 0;
	return CLAIM_LINE_LIVES;
}

bool claim_line_counts(const struct claim_line *line, const struct log *log, uint64_t seconds, time_t now)
{
	return !steady_has_passed(log->data, log->node, line->received, seconds, now);
}

/* Each node's file says how far it is; whoever asks reads those of all. */
#include "keep/decided_nodes.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "keep/decided_file.h"
#include "keep/log_day.h"

/* Tells whether a node's files have bytes behind what is decided: 1 or 0, or -1 and errno. */
static int is_undecided_behind(const struct log *log, const char *node, const struct decided *decided)
{
	char path[PATH_MAX], other[CONFIG_NAME_MAX + 1];
	struct stat status;
	uint16_t day;
	int more = 0;
	log_folder(log, path);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && !more && (entry = readdir(folder));) {
		if (!log_day_named(entry->d_name, &day, other) || strcmp(other, node) != 0)
			continue;
		log_path(log, day, node, path);
		more = stat(path, &status) == 0 && status.st_size > 0 && !decided_file_covers(decided, day, (uint64_t)status.st_size - 1);
	}
	if (!folder)
		return -1;
	closedir(folder);
	return more;
}

/* What a walk through the nodes' files looks for. */
struct needed {
	const struct log *log;
	uint64_t generation;
};

static int take_needed(void *context, const char *node, const struct decided *decided)
{
	struct needed *needed = context;
	int more = is_undecided_behind(needed->log, node, decided);
	if (more > 0 && decided->generation < needed->generation)
		needed->generation = decided->generation;
	return more < 0 ? -1 : 0;
}

int decided_nodes_need(const struct log *log, uint64_t *generation)
{
	struct needed needed = {log, UINT64_MAX};
	int failed = decided_file_each(log, take_needed, &needed);
	*generation = needed.generation;
	return failed;
}

/* What a walk looks for after claims were lost. */
struct restored {
	uint64_t generation;
	char *node;
};

static int take_unrestored(void *context, const char *node, const struct decided *decided)
{
	const struct restored *restored = context;
	if (decided->generation >= restored->generation &&
		(!decided->known_offset || decided_file_covers(decided, decided->known_day, decided->known_offset - 1)))
		return 0;
	snprintf(restored->node, CONFIG_NAME_MAX + 1, "%s", node);
	return 1;
}

int decided_nodes_have_claims(const struct log *log, uint64_t generation, char node[CONFIG_NAME_MAX + 1])
{
	struct restored restored = {generation, node};
	int ended = decided_file_each(log, take_unrestored, &restored);
	return ended < 0 ? -1 : !ended;
}

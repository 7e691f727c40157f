/* Gathering numbers; what the logs tell is counted by keep/counts, which reads only what changed since the last time. */
#include "command/stats.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/tree.h"
#include "keep/counts.h"

enum { MONTH_DAYS = 30, STAT_BLOCK = 512 /* the unit of st_blocks */ };

int stats_data_load(struct stats_data *stats, const struct config *config)
{
	char path[PATH_MAX];
	struct stat status;
	struct statvfs disk;
	*stats = (struct stats_data){.reserve = config->reserve};
	refusals_read(config, stats->refusals);
	snprintf(path, sizeof path, "%s/secret", config->data);
	stats->secret = stat(path, &status) == 0;
	if (statvfs(config->data, &disk) < 0) {
		if (errno == ENOENT)
			return 0;
		diag_system("%s: the free space can't be read", config->data);
		return -1;
	}
	stats->measured = true;
	stats->free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize; /* what others than root may use */
	stats->all_bytes = (uint64_t)disk.f_blocks * disk.f_frsize;
	stats->free_inodes = disk.f_favail;
	stats->all_inodes = disk.f_files;
	return 0;
}

static int add_size(void *context, const char *path, const struct stat *status)
{
	uint64_t *bytes = context;
	(void)path;
	*bytes += (uint64_t)status->st_blocks * STAT_BLOCK;
	return TREE_ON;
}

static int count_outcomes(struct stats_form *stats, const struct config *config, time_t now)
{
	struct arena arena = {0};
	struct counts counts;
	int64_t today = date_day(now);
	int failed = counts_load(&counts, config, stats->form, 0, now, 0, &arena);
	for (size_t i = 0; i < counts.n; i++) {
		const struct count *count = &counts.days[i];
		uint64_t settled = count->spam + count->read;
		stats->kept += count->kept;
		stats->suspects += count->suspects;
		stats->spam += count->spam;
		stats->unread += count->kept > settled ? count->kept - settled : 0;
		stats->today += count->day == today ? count->kept : 0;
		stats->month += count->day > today - MONTH_DAYS ? count->kept : 0;
	}
	arena_free(&arena);
	return failed;
}

int stats_form_load(struct stats_form *stats, const struct config *config, const struct form *form, const struct secret *secret, time_t now,
	struct arena *arena)
{
	char folder[PATH_MAX];
	const struct task *task;
	*stats = (struct stats_form){.form = form};
	int failed = count_outcomes(stats, config, now) < 0;
	snprintf(folder, sizeof folder, "%s/%s", config->data, form->name);
	if (tree_each(folder, add_size, &stats->bytes) < 0 && errno != ENOENT && errno != ENOTDIR) {
		diag_system("%s: the folder can't be measured", folder);
		failed = 1;
	}
	while (config_form_task(config, form, stats->tasks_n))
		stats->tasks_n++;
	stats->tasks = arena_take(arena, (stats->tasks_n + 1) * sizeof *stats->tasks);
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++)
		failed |= task_count_load(&stats->tasks[i], config, form, task, secret) < 0;
	return failed ? -1 : 0;
}

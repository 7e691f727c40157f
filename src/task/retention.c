/*
 * The uploads, job files and results of a day go first. Then the log is renamed to *.gone, which nobody reads, so that its lines are
 * all there or all gone, and is overwritten and removed. After a death in between, the day is begun anew, or the *.gone file is found
 * by the next run. An outcome whose time is over is not shown, erased or not.
 */
#include "task/retention.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/span.h"
#include "keep/erase.h"
#include "keep/log_day.h"
#include "keep/record.h"

#define GONE ".gone"

enum { DAY_SECONDS = 24 * 60 * 60 };

struct retention {
	const struct config *config;
	const struct form *form;
	struct log log;
};

/* Takes a line that is not erased; any value but 0 ends the walk. */
typedef int line_taker(const struct retention *, struct span line, struct arena *);

struct walk_of_day {
	const struct retention *retention;
	line_taker *take;
	struct arena arena;
};

static int take_line_of_day(void *context, struct place place, struct span line)
{
	struct walk_of_day *walk = context;
	(void)place;
	int ended = record_erased(line) ? 0 : walk->take(walk->retention, line, &walk->arena);
	arena_reset(&walk->arena);
	return ended;
}

/* Gives what ended the walk, 0 after the last line; -1 if the lines can't be read, which is logged. */
static int each_line_of_day(const struct retention *retention, uint16_t day, line_taker *take)
{
	struct walk_of_day walk = {.retention = retention, .take = take};
	int ended = log_day_each(&retention->log, (struct place){.day = day}, take_line_of_day, &walk);
	arena_free(&walk.arena);
	return ended;
}

static bool is_unsettled(enum job_state state)
{
	return state == JOB_QUEUED || state == JOB_RUNNING || state == JOB_WAITING;
}

/* Gives the id of a line; false if the line is not an outcome. */
static bool id_of(const struct retention *retention, struct span line, struct span *id)
{
	struct record_start start;
	if (!record_start_read(line, retention->form->name, &start) || start.id.length != ID_LENGTH)
		return false;
	*id = start.id;
	return true;
}

/* Ends the walk at an outcome with a job that waits or runs. */
static int find_unsettled(const struct retention *retention, struct span line, struct arena *arena)
{
	char folder[PATH_MAX];
	const struct task *task;
	struct span id;
	struct job job;
	if (!id_of(retention, line, &id))
		return 0;
	for (size_t i = 0; (task = config_form_task(retention->config, retention->form, i)); i++) {
		job_folder(retention->config, retention->form, task, folder);
		if (job_read(folder, id, arena, &job) == JOB_FOUND && is_unsettled(job.state))
			return 1;
	}
	return 0;
}

/* Erases the uploads, job files and results of an outcome. */
static int erase_named(const struct retention *retention, struct span line, struct arena *arena)
{
	struct span id;
	(void)arena;
	if (!id_of(retention, line, &id))
		return 0;
	json_t *record = record_read(line);
	int failed = record ? erase_files(retention->config->data, retention->form->name, record) : 0;
	json_decref(record);
	if (!failed)
		job_remove_all(retention->config->data, retention->form->name, id);
	return failed;
}

/* Removes the folders of a day's uploads if they are empty. Uploads that came just before midnight are in that of the day before. */
static void remove_folders(const struct retention *retention, uint16_t day)
{
	char path[PATH_MAX], name[DATE_DAY];
	for (int before = 1; before >= 0; before--) {
		date_day_write(name, day - before);
		snprintf(path, sizeof path, "%s/%s/files/%s", retention->config->data, retention->form->name, name);
		rmdir(path); /* fails if it is not empty or not there */
	}
}

/* The lock keeps out a post that sees another time of day and would append a line. */
static int erase_log(const struct retention *retention, uint16_t day)
{
	char path[PATH_MAX], gone[PATH_MAX + sizeof GONE], folder[PATH_MAX];
	log_path(&retention->log, day, retention->log.node, path);
	log_folder(&retention->log, folder);
	snprintf(gone, sizeof gone, "%s" GONE, path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	int failed = file < 0 || file_lock(file) < 0 || rename(path, gone) < 0 || folder_sync(folder) < 0;
	if (failed)
		diag_system("%s: can't be erased", path);
	file_close(file);
	return failed ? -1 : erase_file(gone);
}

/* Erases logs that were renamed before a worker died. */
static int erase_gone(const struct retention *retention)
{
	char folder[PATH_MAX], path[2 * PATH_MAX];
	int failed = 0;
	log_folder(&retention->log, folder);
	DIR *names = opendir(folder);
	for (struct dirent *entry; names && (entry = readdir(names));) {
		size_t n = strlen(entry->d_name);
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (n >= sizeof GONE && strcmp(entry->d_name + n - (sizeof GONE - 1), GONE) == 0)
			failed |= erase_file(path);
	}
	if (names)
		closedir(names);
	return failed;
}

/* Tells whether all jobs of a day are done. */
static bool is_past(const struct retention *retention, struct queue *queues, size_t n, uint16_t day)
{
	for (size_t i = 0; i < n; i++)
		if (queues[i].form == retention->form && !queue_past(&queues[i], day))
			return false;
	return each_line_of_day(retention, day, find_unsettled) == 0;
}

int retention_run(const struct config *config, const struct form *form, struct queue *queues, size_t n, time_t now)
{
	struct retention retention = {.config = config, .form = form};
	int day = 0, failed;
	log_begin(&retention.log, config->data, form->name, config->node, config->durable);
	failed = erase_gone(&retention);
	while (!failed && (day = log_day_oldest(&retention.log, day + 1)) > 0) {
		if ((day + (int64_t)1) * DAY_SECONDS + (int64_t)form->keep > now)
			break; /* the days after it are younger */
		if (!is_past(&retention, queues, n, (uint16_t)day))
			continue;
		failed = each_line_of_day(&retention, (uint16_t)day, erase_named) || erase_log(&retention, (uint16_t)day);
		remove_folders(&retention, (uint16_t)day);
	}
	log_end(&retention.log);
	return failed || day < 0 ? -1 : 0;
}

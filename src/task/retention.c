/*
 * A day is erased in two steps. First go the files that its lines name: uploads, and what tasks have written. Then the log is renamed,
 * so that readers find all of it or nothing, overwritten and removed. A crash in between leaves the lines, and the day is begun again,
 * or the new name, which each run looks for. An outcome whose time is over is shown to nobody, erased or not.
 *
 * The clock alone erases nothing: see expiry.c for the second look, and keep/steady.c for a clock that leaps.
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
#include "keep/marks.h"
#include "keep/record.h"
#include "task/expiry.h"

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

/* Gives the id of a line; false unless it is an outcome's. */
static bool id_of(const struct retention *retention, struct span line, struct span *id)
{
	struct record_start start;
	if (!record_start_read(line, retention->form->name, &start) || start.id.length != ID_LENGTH)
		return false;
	*id = start.id;
	return true;
}

/* Ends the walk at an outcome for which a task runs or is to be tried again. */
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

/* Erases the files that a line names. */
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

/* Removes the folders of a day's uploads if they are empty; files that came just before midnight are in that of the day before. */
static void remove_folders(const struct retention *retention, uint16_t day)
{
	char path[PATH_MAX], name[DATE_DAY];
	for (int before = 1; before >= 0; before--) {
		date_day_write(name, day - before);
		snprintf(path, sizeof path, "%s/%s/files/%s", retention->config->data, retention->form->name, name);
		rmdir(path); /* fails if it is not empty or not there, which is fine */
	}
}

/* Holds the log's lock, lest a post that sees another time of day adds a line to it. */
static int erase_log(const struct retention *retention, uint16_t day)
{
	char path[PATH_MAX], gone[PATH_MAX + sizeof GONE], folder[PATH_MAX];
	log_path(&retention->log, day, retention->log.node, path);
	log_folder(&retention->log, folder);
	snprintf(gone, sizeof gone, "%s" GONE, path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	int failed = file < 0 || file_lock(file) < 0 || rename(path, gone) < 0 || folder_sync(folder) < 0;
	if (failed)
		diag_system("%s: erasing failed", path);
	file_close(file);
	return failed ? -1 : erase_file(gone);
}

/* Erases logs that an earlier run has renamed and not removed. */
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

/* Tells whether no queue of the form has anything left to do for a day. */
static bool is_past(const struct retention *retention, struct queue *queues, size_t n, uint16_t day)
{
	for (size_t i = 0; i < n; i++)
		if (queues[i].form == retention->form && !queue_past(&queues[i], day))
			return false;
	return each_line_of_day(retention, day, find_unsettled) == 0;
}

/* Tells whether the last outcome of a day is older than the form keeps it. */
static bool is_too_old(const struct retention *retention, const struct steady *steady, int day, time_t now)
{
	return (day + INT64_C(1)) * DAY_SECONDS + (int64_t)retention->form->keep + steady_early_by(steady, day) <= now;
}

static int erase_day(const struct retention *retention, uint16_t day)
{
	char name[DATE_DAY];
	date_day_write(name, day);
	if (each_line_of_day(retention, day, erase_named) != 0 || marks_erase_day(retention->config, retention->form, day) < 0 ||
		erase_log(retention, day) < 0)
		return -1;
	remove_folders(retention, day);
	diag_note("the form \"%s\": erased what was posted on %s, which config.ini keeps for %llu days", retention->form->name, name,
		(unsigned long long)(retention->form->keep / DAY_SECONDS));
	return 0;
}

int retention_run(
	const struct config *config, const struct form *form, struct queue *queues, size_t n, const struct steady *steady, time_t now)
{
	struct retention retention = {.config = config, .form = form};
	struct expiry expiry;
	char folder[PATH_MAX];
	int day = LOG_DAY_NONE, failed;
	log_begin(&retention.log, config->data, form->name, config->node, config->durable); /* opens nothing */
	if (expiry_begin(&expiry, &retention.log, steady) < 0)
		return -1;
	log_folder(&retention.log, folder);
	job_cleanup(folder);
	failed = erase_gone(&retention);
	while ((day = log_day_oldest(&retention.log, day + 1)) >= 0) {
		if ((day + INT64_C(1)) * DAY_SECONDS + (int64_t)form->keep > now)
			break; /* and so are all days after it */
		if (!is_too_old(&retention, steady, day, now) || !expiry_confirmed(&expiry, (uint16_t)day) ||
			!is_past(&retention, queues, n, (uint16_t)day))
			continue;
		if (erase_day(&retention, (uint16_t)day) == 0)
			expiry_drop(&expiry, (uint16_t)day);
		else
			failed = -1; /* this day is tried again, and others are not held up */
	}
	failed |= expiry_end(&expiry, day != LOG_DAY_FAILED, config->durable);
	log_end(&retention.log);
	return failed || day == LOG_DAY_FAILED ? -1 : 0;
}

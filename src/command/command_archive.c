/*
 * seeother archive: a log that is simply moved away makes its addresses answer 404, as if nothing had ever been there, lets keys that
 * are still remembered count twice, and keeps tasks from what they have not come to. This command checks that neither can happen,
 * leaves a note that has the addresses answer 410, and moves the log to DATA/FORM/archive.
 */
#include "command/command_archive.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/span.h"
#include "command/loaded.h"
#include "keep/decided_file.h"
#include "keep/log_day.h"
#include "keep/record.h"
#include "keep/secret.h"
#include "keep/steady.h"
#include "keep/store.h"
#include "task/cursor.h"
#include "task/job.h"

/* The day that is to be set aside. */
struct archive {
	const struct config *config;
	const struct form *form;
	struct log log;
	uint16_t day;
	struct arena arena;
};

/* Ends the walk at an outcome with a job that is not done. */
static int find_job(void *context, struct place place, struct span line)
{
	struct archive *archive = context;
	struct record_start start;
	const struct task *task;
	char folder[PATH_MAX];
	struct job job;
	int found = 0;
	(void)place;
	if (record_erased(line) || !record_start_read(line, archive->form->name, &start) || start.id.length != ID_LENGTH)
		return 0;
	for (size_t i = 0; !found && (task = config_form_task(archive->config, archive->form, i)); i++) {
		job_folder(archive->config, archive->form, task, folder);
		found = job_read(folder, start.id, &archive->arena, &job) != JOB_ABSENT && job.state != JOB_DONE &&
			job.state != JOB_CANCELLED;
	}
	arena_reset(&archive->arena);
	return found;
}

/* Tells whether a task has not come to the day, or has not finished with it. */
static bool has_work(struct archive *archive)
{
	const struct task *task;
	char folder[PATH_MAX];
	struct cursor cursor;
	for (size_t i = 0; (task = config_form_task(archive->config, archive->form, i)); i++) {
		job_folder(archive->config, archive->form, task, folder);
		if (cursor_read(folder, archive->config->node, &cursor) != JOB_FOUND || cursor.day <= archive->day + 1)
			return true;
	}
	return log_day_each(&archive->log, (struct place){.day = archive->day}, find_job, archive) != 0;
}

/* Tells whether the day has lines of which it is not settled whether they are outcomes: 1 or 0, or -1 and errno. */
static int has_undecided(const struct archive *archive, uint64_t size)
{
	struct decided decided;
	int found = *archive->log.node ? decided_file_read(&decided, &archive->log, archive->log.node) : 0;
	return found > 0 ? !decided_file_covers(&decided, archive->day, size - 1) : found;
}

/* Returns why the day can't be set aside, NULL if it can. */
static const char *find_hindrance(struct archive *archive)
{
	const struct form *form = archive->form;
	uint64_t size, remember = form->remember > form->same ? form->remember : form->same;
	int64_t over = (archive->day + INT64_C(2)) * 24 * 60 * 60;
	time_t now = steady_now(archive->config->data, archive->config->node, time(NULL));
	if (log_day_size(&archive->log, archive->day, &size) < 0)
		return strerror(errno);
	if (!size)
		return "there is no log of that day";
	if (over > now)
		return "the day is not over for long enough: wait until a day has passed since";
	if (over + (int64_t)remember > now)
		return "its keys are still remembered (see remember and same)";
	int undecided = has_undecided(archive, size);
	if (undecided)
		return undecided < 0 ? strerror(errno) : "some of its lines are not decided yet: run \"seeother work\" first";
	return has_work(archive) ? "a task is not done with it (see seeother tasks)" : NULL;
}

static int set_aside(const struct archive *archive)
{
	char log[PATH_MAX], note[PATH_MAX], folder[PATH_MAX - 64], to[PATH_MAX];
	log_path(&archive->log, archive->day, archive->log.node, log);
	log_day_note(&archive->log, archive->day, archive->log.node, note);
	snprintf(folder, sizeof folder, "%s/%s/archive", archive->config->data, archive->form->name);
	snprintf(to, sizeof to, "%s/%s", folder, strrchr(log, '/') + 1);
	if (access(to, F_OK) == 0) {
		fprintf(stderr, "seeother: %s is there already\n", to);
		return 1;
	}
	if (folder_make(folder) < 0 || file_put(note, "", 0, true, false) < 0 || rename(log, to) < 0 || folder_sync(folder) < 0) {
		fprintf(stderr, "seeother: %s: %s\n", log, strerror(errno));
		return 1;
	}
	printf("%s: compress it, move it away or remove it as you like. Its addresses answer 410 until it is back at %s\n", to, log);
	return 0;
}

static int archive_day(const struct config *config, const struct form *form, const char *text)
{
	struct archive archive = {.config = config, .form = form};
	int64_t day;
	if (!date_day_read(text, &day) || day < 0 || day > UINT16_MAX) {
		fprintf(stderr, "seeother: \"%s\" is not a day such as 2026-11-28\n", text);
		return 2;
	}
	if (!secret_is_own(config->data))
		return 1;
	store_umask(config);
	archive.day = (uint16_t)day;
	log_begin(&archive.log, config->data, form->name, config->node, config->durable);
	const char *hindrance = find_hindrance(&archive);
	if (hindrance)
		fprintf(stderr, "seeother: %s of the form \"%s\" can't be archived: %s\n", text, form->name, hindrance);
	int status = hindrance ? 1 : set_aside(&archive);
	log_end(&archive.log);
	arena_free(&archive.arena);
	return status;
}

int command_archive(int argc, char **argv)
{
	struct loaded loaded;
	(void)argc;
	loaded_begin(&loaded);
	const struct form *form = loaded_form(&loaded, argv[0]);
	return loaded_end(&loaded, form ? archive_day(loaded.config, form, argv[1]) : 1);
}

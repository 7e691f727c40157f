/* A task's folder holds cursors and late days, which are places in the logs, and a file for each job, which is about an outcome. */
#include "command/verify_task.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tree.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "task/job.h"

enum { LINE_MOST = 4096, JOB_MOST = 64 * 1024 };

static void add_unreadable(struct checked_form *form, const char *below)
{
	findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, strerror(errno),
		"Mend what keeps it from being read, and verify again.");
}

/* Checks that an offset is the begin or end of a line in the log of a day. */
static bool is_between_lines(const struct checked_form *form, const char *node, uint64_t day, uint64_t offset)
{
	char path[PATH_MAX], byte = 0;
	struct log log;
	if (!offset)
		return true;
	log_begin(&log, form->data, form->form, node, false);
	int file = log_open_day(&log, (uint16_t)day, O_RDONLY, path);
	log_end(&log);
	bool between = file >= 0 && pread(file, &byte, 1, (off_t)offset - 1) == 1 && byte == '\n';
	file_close(file);
	return between;
}

/* Gives the node in NAME.NODE, "" if there is none. */
static const char *node_behind(const char *name, size_t n)
{
	return name[n] == '.' ? name + n + 1 : "";
}

static void check_cursor(struct checked_form *form, const char *path, const char *below, const char *name)
{
	const char *node = node_behind(name, strlen("cursor"));
	struct arena arena = {0};
	struct span line;
	uint64_t day, before, now;
	if (file_read(path, LINE_MOST, &arena, &line) < 0) {
		if (errno != ENOENT)
			add_unreadable(form, below);
	} else if (sscanf(line.bytes, "%" SCNu64 " %" SCNu64 " %" SCNu64, &day, &before, &now) != 3 || day > UINT16_MAX)
		findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, "the file is not a cursor, so the task waits",
			"Put it back from a backup. Without it, the task starts with the next outcome.");
	else if (!is_between_lines(form, node, day - 1, before) || !is_between_lines(form, node, day, now))
		findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, "the cursor does not stand between two lines of the log",
			"The log was cut, replaced or moved away: put it back. Otherwise the task goes on with what is posted from now on.");
	arena_free(&arena);
}

static void check_late_day(struct checked_form *form, const char *path, const char *below, const char *name)
{
	struct arena arena = {0};
	struct span line;
	uint64_t day, offset;
	int n = 0;
	if (sscanf(name, "late.%" SCNu64 "%n", &day, &n) != 1 || day > UINT16_MAX)
		return;
	if (file_read(path, LINE_MOST, &arena, &line) < 0) {
		if (errno != ENOENT)
			add_unreadable(form, below);
	} else if (sscanf(line.bytes, "%" SCNu64, &offset) != 1 || !is_between_lines(form, node_behind(name, (size_t)n), day, offset))
		findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, "the file does not lead to a line of the day's log",
			"Put it, and the log of that day, back from a backup.");
	arena_free(&arena);
}

/* Tells whether an outcome is there; true too if that can't be told. */
static bool has_outcome(const struct checked_form *form, struct span id)
{
	struct arena arena = {0};
	struct span line;
	struct log log;
	if (!form->secret)
		return true;
	log_begin(&log, form->data, form->form, "", false);
	enum log_found found = log_line_find(&log, form->secret, id, &arena, &line);
	log_end(&log);
	bool there = found == LOG_FAILED || (found == LOG_FOUND && !record_erased(line));
	arena_free(&arena);
	return there;
}

static bool is_state(const char *name)
{
	for (int state = JOB_RUNNING; name && state <= JOB_CANCELLED; state++)
		if (strcmp(name, job_state_name((enum job_state)state)) == 0)
			return true;
	return false;
}

static void check_job(struct checked_form *form, const char *path, const char *below)
{
	struct arena arena = {0};
	struct span content;
	if (file_read(path, JOB_MOST, &arena, &content) < 0) {
		if (errno != ENOENT)
			add_unreadable(form, below);
		arena_free(&arena);
		return;
	}
	json_t *job = json_loadb(content.bytes, content.length, 0, NULL);
	if (is_state(json_string_value(json_object_get(job, "state"))))
		form->findings->jobs++;
	else
		findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, "the file is not a job's",
			"The job is tried again. Nothing is to be done.");
	json_decref(job);
	arena_free(&arena);
}

static int check_task_file(void *context, const char *path, const struct stat *status)
{
	struct checked_form *form = context;
	const char *name = strrchr(path, '/') + 1, *below = path + strlen(form->data) + 1;
	size_t length = strlen(name);
	if (S_ISDIR(status->st_mode))
		return strncmp(name, "work.", strlen("work.")) == 0 ? TREE_SKIP : TREE_ON;
	bool fresh = length > 4 && strcmp(name + length - 4, ".new") == 0;
	if (!fresh && strncmp(name, "cursor", strlen("cursor")) == 0)
		check_cursor(form, path, below, name);
	else if (!fresh && strncmp(name, "late.", strlen("late.")) == 0)
		check_late_day(form, path, below, name);
	else if (job_named(name))
		check_job(form, path, below);
	bool of_outcome = job_named(name) || (length == ID_LENGTH + strlen(".result") && strcmp(name + ID_LENGTH, ".result") == 0);
	if (of_outcome && status->st_mtime < form->begun && !has_outcome(form, (struct span){name, ID_LENGTH}))
		findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, "its outcome is not there",
			"Put the log back from a backup; if the outcome was erased, remove the file.");
	return TREE_ON;
}

void verify_task_check(struct checked_form *form)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s/%s/tasks", form->data, form->form);
	if (tree_each(folder, check_task_file, form) < 0 && errno != ENOENT && errno != ENOTDIR)
		add_unreadable(form, folder + strlen(form->data) + 1);
}

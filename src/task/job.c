/*
 * DATA/FORM/tasks/TASK/
 *
 *   cursor, late.DAY      how far the task has got with the log; see cursor.c and late_day.c
 *   ID.json               state, attempts, next, updated, progress and error of a job that failed, waits or was cancelled, or that is
 *                         making a result
 *   ID.result             the whole result of a job; then there is no ID.json
 *   ID.part               the result that a job is making
 *   NAME.PID.new          the next content of NAME; if a process died over it, it is removed an hour later
 *   work.XXXXXX/          the working folder of a run; work.NODE.XXXXXX
 *
 * The log is the queue: a line queues its job, and the cursor tells whether the job was begun. Every file is written under another
 * name and renamed, so it is whole at any moment. If the worker dies, its running jobs are run again: the cursor stands before them,
 * or their files say "running".
 */
#include "task/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "keep/erase.h"

enum { FILE_MAX = 8192 };

static const char file_ending[] = ".json";
static const char *const states[] = {"queued", "running", "waiting", "failed", "cancelled", "done"};

const char *job_state_name(enum job_state state)
{
	return states[state];
}

/* Anything else, which a power failure may leave, stands for a job that is tried again: better twice than never. */
static enum job_state state_named(const char *name)
{
	for (size_t i = JOB_RUNNING; name && i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i], name) == 0)
			return (enum job_state)i;
	return JOB_WAITING;
}

bool job_named(const char *name)
{
	return strlen(name) == ID_LENGTH + sizeof file_ending - 1 && strcmp(name + ID_LENGTH, file_ending) == 0;
}

void job_folder(const struct config *config, const struct form *form, const struct task *task, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s/tasks/%s", config->data, form->name, task->name);
}

static void file_path(const char *folder, struct span id, const char *ending, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%.*s%s", folder, (int)id.length, id.bytes, ending);
}

void job_result(const char *folder, struct span id, bool whole, char path[PATH_MAX])
{
	file_path(folder, id, whole ? ".result" : ".part", path);
}

enum job_found job_read(const char *folder, struct span id, struct arena *arena, struct job *job)
{
	char path[PATH_MAX];
	struct span content;
	json_error_t error;
	file_path(folder, id, file_ending, path);
	if (file_read(path, FILE_MAX, arena, &content) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return JOB_ABSENT;
		diag_system("%s: can't be read", path);
		return JOB_UNREADABLE;
	}
	json_t *note = json_loadb(content.bytes, content.length, 0, &error);
	const char *wrong = json_string_value(json_object_get(note, "error"));
	const json_t *progress = json_object_get(note, "progress");
	*job = (struct job){
		.state = state_named(json_string_value(json_object_get(note, "state"))),
		.attempts = (uint64_t)json_integer_value(json_object_get(note, "attempts")),
		.next = (time_t)json_integer_value(json_object_get(note, "next")),
		.updated = (time_t)json_integer_value(json_object_get(note, "updated")),
		.progress = json_is_integer(progress) ? (int)json_integer_value(progress) : -1,
		.error = wrong ? arena_copy(arena, wrong, strlen(wrong)) : NULL,
	};
	json_decref(note);
	return JOB_FOUND;
}

int job_write(const char *folder, struct span id, const struct job *job)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct text text = {.arena = &arena}, error = {.arena = &arena};
	if (job->error)
		utf8_repair(&error, job->error, strlen(job->error));
	json_t *note = json_made(json_pack("{ss sI sI sI}", "state", states[job->state], "attempts", (json_int_t)job->attempts, "next",
		(json_int_t)job->next, "updated", (json_int_t)time(NULL)));
	if (job->progress >= 0)
		json_object_set_new(note, "progress", json_made(json_integer(job->progress)));
	if (job->error)
		json_object_set_new(note, "error", json_made(json_string(text_string(&error))));
	json_write(&text, note, JSON_COMPACT);
	json_decref(note);
	text_put(&text, "\n");
	file_path(folder, id, file_ending, path);
	int failed = file_put(path, text.bytes, text.length, job->state != JOB_RUNNING || job->durable, false);
	if (!failed && job->durable)
		failed = folder_sync(folder);
	if (failed)
		diag_system("%s: can't be written", path);
	arena_free(&arena);
	return failed;
}

time_t job_due(const struct job *job, time_t now)
{
	return job->updated > now ? 0 : job->next;
}

void job_cleanup(const char *path)
{
	char left[PATH_MAX];
	struct stat status;
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		size_t n = strlen(entry->d_name);
		snprintf(left, sizeof left, "%.*s/%s", PATH_MAX - 300, path, entry->d_name);
		if (n > 4 && strcmp(entry->d_name + n - 4, ".new") == 0 && file_is_left_over(left, &status))
			unlink(left);
	}
	if (folder)
		closedir(folder);
}

int job_lock(const char *folder)
{
	int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || file_lock(lock) == 0)
		return lock;
	close(lock);
	return -1;
}

void job_remove(const char *folder, struct span id, bool all)
{
	static const char *const endings[] = {file_ending, ".part", ".result"};
	char path[PATH_MAX];
	for (size_t i = 0; i < (all ? sizeof endings / sizeof *endings : 1); i++) {
		file_path(folder, id, endings[i], path);
		if (i > 0)
			erase_file(path);
		else if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
			diag_system("%s: can't be removed", path);
	}
}

void job_remove_all(const char *data, const char *form, struct span id)
{
	char path[PATH_MAX - 300], folder[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s/tasks", data, form);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(folder, sizeof folder, "%s/%s", path, entry->d_name);
		int lock = job_lock(folder);
		job_remove(folder, id, true);
		file_close(lock);
	}
	if (tasks)
		closedir(tasks);
}

/*
 * DATA/FORM/tasks/TASK/
 *
 *   cursor, cursor.NODE   day, and two offsets: lines before them are done, or have a file of their own here
 *   ID.json               state, attempts, next, updated, progress, error: a job that failed, was cancelled, or makes a result now
 *   ID.result             what the job of a result made; it is whole, and then there is no ID.json
 *   ID.part               what it is making
 *   ID.in                 what a run reads, where it is no upload
 *   NAME.PID.new           NAME as it is written anew; what a death left of it goes an hour later
 *   work.XXXXXX/          the working folder of a run; work.NODE.XXXXXX
 *
 * The log is the queue: a job is queued by its line, and the place of that against the cursor tells whether it was begun. Every file
 * is written under another name and renamed, so each is whole at any moment. What a death leaves: a job that was running is run
 * again, since the cursor stands before it, or its file says so.
 */
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "date.h"
#include "diag.h"
#include "file.h"
#include "folder.h"
#include "json.h"

enum { FILE_MODE = 0640, NOTE_MAX = 8192 };

static const char *const names[] = {"queued", "running", "waiting", "failed", "cancelled", "done"};

const char *job_state_name(enum job_state state)
{
	return names[state];
}

/* A state that is none, as in what a power failure left of a file, means that it is tried again: better twice than never. */
static enum job_state state_named(const char *name)
{
	for (size_t i = JOB_RUNNING; name && i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return (enum job_state)i;
	return JOB_WAITING;
}

void job_folder(const struct config *config, const struct form *form, const struct task *task, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s/tasks/%s", config->data, form->name, task->name);
}

static void note_path(const char *folder, struct span id, const char *ending, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%.*s%s", folder, (int)id.length, id.bytes, ending);
}

void job_result(const char *folder, struct span id, bool whole, char path[PATH_MAX])
{
	note_path(folder, id, whole ? ".result" : ".part", path);
}

/* Writes a file whole, under its name at once; where it must be new, one that is there already stays. */
static int put(const char *path, const char *bytes, size_t n, bool durable, bool new)
{
	char fresh[PATH_MAX];
	if ((size_t)snprintf(fresh, sizeof fresh, "%s.%ld.new", path, (long)getpid()) >= sizeof fresh)
		return errno = ENAMETOOLONG, -1;
	int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	if (file < 0)
		return -1;
	int failed = file_write(file, bytes, n) < 0 || (durable && file_flush(file) < 0);
	failed |= close(file);
	if (!failed)
		failed = new ? link(fresh, path) < 0 && errno != EEXIST : rename(fresh, path) < 0;
	int reason = errno;
	if (failed || new)
		unlink(fresh);
	errno = reason;
	return failed ? -1 : 0;
}

enum job_found job_read(const char *folder, struct span id, struct arena *arena, struct job *job)
{
	char path[PATH_MAX];
	struct span content;
	json_error_t error;
	note_path(folder, id, ".json", path);
	if (file_read(path, NOTE_MAX, arena, &content) < 0) {
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
	json_t *note = json_made(json_pack("{ss sI sI sI}", "state", names[job->state], "attempts", (json_int_t)job->attempts,
		"next", (json_int_t)job->next, "updated", (json_int_t)time(NULL)));
	if (job->progress >= 0)
		json_object_set_new(note, "progress", json_made(json_integer(job->progress)));
	if (job->error)
		json_object_set_new(note, "error", json_made(json_string(text_string(&error))));
	json_write(&text, note, JSON_COMPACT);
	json_decref(note);
	text_put(&text, "\n");
	note_path(folder, id, ".json", path);
	int failed = put(path, text.bytes, text.length, job->state != JOB_RUNNING || job->alone, false);
	if (!failed && job->alone)
		failed = folder_sync(folder);
	if (failed)
		diag_system("%s: can't be written", path);
	arena_free(&arena);
	return failed;
}

void job_sweep(const char *path)
{
	enum { HOUR = 60 * 60 };
	char left[PATH_MAX];
	struct stat status;
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		size_t n = strlen(entry->d_name);
		snprintf(left, sizeof left, "%.*s/%s", PATH_MAX - 300, path, entry->d_name);
		if (n > 4 && strcmp(entry->d_name + n - 4, ".new") == 0 && stat(left, &status) == 0 && status.st_mtime < time(NULL) - HOUR)
			unlink(left);
	}
	if (folder)
		closedir(folder);
}

int job_lock(const char *folder)
{
	int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = -1;
	while (lock >= 0 && (failed = flock(lock, LOCK_EX)) < 0 && errno == EINTR)
		;
	if (lock >= 0 && failed)
		close(lock);
	return failed ? -1 : lock;
}

void job_remove(const char *folder, struct span id, bool all)
{
	static const char *const endings[] = {".json", ".part", ".result", ".in"};
	char path[PATH_MAX];
	for (size_t i = 0; i < (all ? sizeof endings / sizeof *endings : 1); i++) {
		note_path(folder, id, endings[i], path);
		if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
			diag_system("%s: can't be removed", path);
	}
}

static void cursor_path(const char *folder, const char *node, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/cursor%s%s", PATH_MAX - 100, folder, *node ? "." : "", node);
}

enum job_found cursor_read(const char *folder, const char *node, struct cursor *cursor)
{
	char path[PATH_MAX], line[100] = "";
	unsigned day;
	cursor_path(folder, node, path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return JOB_ABSENT;
	ssize_t n = file < 0 ? -1 : read(file, line, sizeof line - 1);
	if (file >= 0)
		close(file);
	if (n < 0 || sscanf(line, "%u %" SCNu64 " %" SCNu64, &day, &cursor->before, &cursor->now) != 3 || day > UINT16_MAX) {
		diag_error("%s: can't be read", path);
		return JOB_UNREADABLE;
	}
	cursor->day = (uint16_t)day;
	return JOB_FOUND;
}

static int cursor_put(const char *folder, const char *node, const struct cursor *cursor, bool new)
{
	char path[PATH_MAX], line[100];
	cursor_path(folder, node, path);
	int n = snprintf(line, sizeof line, "%u %" PRIu64 " %" PRIu64 "\n", cursor->day, cursor->before, cursor->now);
	if (put(path, line, (size_t)n, true, new) == 0)
		return 0;
	diag_system("%s: can't be written", path);
	return -1;
}

int cursor_write(const char *folder, const char *node, const struct cursor *cursor)
{
	return cursor_put(folder, node, cursor, false);
}

/*
 * A task that is new works on what comes from now on. Of several posts that find it new one makes the cursor, which then is never
 * set further by another: the first might have kept its line meanwhile.
 */
static int begin_now(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct log log;
	uint16_t day = (uint16_t)date_day(now);
	log_begin(&log, config->data, form->name, config->node, false);
	struct cursor cursor = {.day = day};
	if (log_size(&log, (uint16_t)(day - 1), &cursor.before) < 0 || log_size(&log, day, &cursor.now) < 0) {
		diag_system("the log of \"%s\": nothing tells how long it is", form->name);
		return -1;
	}
	if (folder_make(folder) < 0) {
		diag_system("%s: can't be made", folder);
		return -1;
	}
	if (cursor_put(folder, config->node, &cursor, true) < 0)
		return -1;
	if (folder_sync(folder) == 0)
		return 0;
	diag_system("%s: can't be flushed", folder);
	return -1;
}

int cursor_begin(const struct config *config, const struct form *form, time_t now)
{
	char folder[PATH_MAX], path[PATH_MAX];
	const struct task *task;
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++) {
		job_folder(config, form, task, folder);
		cursor_path(folder, config->node, path);
		if (access(path, F_OK) < 0 && begin_now(config, form, folder, now) < 0)
			return -1;
	}
	return 0;
}

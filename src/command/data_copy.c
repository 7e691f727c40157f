/*
 * The order makes the copy consistent while everything goes on:
 *
 *   the secret
 *   the cursors of tasks          before the jobs: a line that the cursor has passed has a job by then, or is done
 *   the jobs and results          before the logs: a task may do a line again, but skips none
 *   marks                         before the logs: each is about a line that is in the copy
 *   logs, their whole lines only
 *   files/incoming                before the other uploads: one that moves meanwhile is copied from its place
 *   the other uploads             after the logs: each upload that a line names is there, unless the line is erased by now
 *
 * Lines that were erased meanwhile are erased in the copy by data_erase_run.
 */
#include "command/data_copy.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/tree.h"
#include "keep/log_day.h"

enum { FORM_PATH = PATH_MAX - 512 };

/* A part of a form's folder. */
enum part { PART_CURSORS, PART_JOBS, PART_MARKS, PART_LOGS, PART_INCOMING, PART_UPLOADS };

static const char *const part_folders[] = {"/tasks", "/tasks", "/marks", "", "/files/incoming", "/files"};

/* What is under way: one part of one form. */
struct part_copy {
	struct data_copy *copy;
	const char *form; /* the path of its folder */
	enum part part;
	size_t above; /* the length of the path of the part's folder */
};

/* Tells whether a name is NAME or NAME.NODE. */
static bool is_of_node(const char *name, const char *base)
{
	size_t n = strlen(base);
	return strncmp(name, base, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

static bool ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), end = strlen(ending);
	return n >= end && strcmp(name + n - end, ending) == 0;
}

/* Tells whether an entry of the form's folder itself is derived, or belongs to another part. */
static bool is_left_out_of_logs(const char *name)
{
	static const char *const names[] = {"keys", "flushes", "counts", "usage", "expiry", "tasks", "marks", "files"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_of_node(name, names[i]))
			return true;
	return ends_in(name, ".gone"); /* it is being erased */
}

/* Tells whether an entry is not to be copied with this part. */
static bool is_left_out(const struct part_copy *part, const char *path, const char *name, bool folder)
{
	bool outermost = (size_t)(name - path) == part->above + 1;
	bool cursor = is_of_node(name, "cursor") || strncmp(name, "late.", strlen("late.")) == 0;
	bool unfinished = ends_in(name, ".new") || ends_in(name, ".part") || (folder && strncmp(name, "work.", strlen("work.")) == 0);
	switch (part->part) {
	case PART_CURSORS: return !outermost && (folder || !cursor || unfinished);
	case PART_JOBS: return !outermost && (cursor || unfinished);
	case PART_LOGS: return outermost && (is_left_out_of_logs(name) || ends_in(name, ".new"));
	case PART_UPLOADS: return outermost && strcmp(name, "incoming") == 0;
	case PART_MARKS:
	case PART_INCOMING: break;
	}
	return false;
}

static int say_failure(const char *path)
{
	diag_system("%s: can't be copied", path);
	return -1;
}

/* Copies one file or makes one folder. What is gone by now is passed over: it was erased, or is done, or has moved to a later part. */
static int copy_entry(struct data_copy *copy, const char *path, const struct stat *status)
{
	char to[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	struct copy_rights rights = S_ISDIR(status->st_mode) ? copy->folder_rights : copy->file_rights;
	uint16_t day;
	if (copy->same_rights)
		rights = (struct copy_rights){status->st_mode & 0777, geteuid() == 0, status->st_uid, status->st_gid};
	if ((size_t)snprintf(to, sizeof to, "%s%s", copy->to, path + strlen(copy->from)) >= sizeof to) {
		errno = ENAMETOOLONG;
		return say_failure(path);
	}
	if (S_ISDIR(status->st_mode))
		return copy_folder(to, &rights) < 0 ? say_failure(path) : 0;
	if (!S_ISREG(status->st_mode))
		return 0;
	bool log = log_day_named(strrchr(path, '/') + 1, &day, node);
	if (copy_file(path, to, &rights, log, &copy->bytes) < 0)
		return errno == ENOENT && access(path, F_OK) < 0 ? 0 : say_failure(path);
	copy->files++;
	progress_print(&copy->progress, "%ju files, %ju MiB", (uintmax_t)copy->files, (uintmax_t)(copy->bytes >> 20));
	return 0;
}

/* Removes an upload's copy in files/incoming: the upload has moved to its place since. */
static void drop_from_incoming(const struct part_copy *part, const char *name)
{
	char path[PATH_MAX];
	const struct data_copy *copy = part->copy;
	if ((size_t)snprintf(path, sizeof path, "%s%s/files/incoming/%s", copy->to, part->form + strlen(copy->from), name) < sizeof path)
		unlink(path);
}

static int take_entry(void *context, const char *path, const struct stat *status)
{
	const struct part_copy *part = context;
	bool folder = S_ISDIR(status->st_mode);
	if (is_left_out(part, path, strrchr(path, '/') + 1, folder))
		return TREE_SKIP;
	if (copy_entry(part->copy, path, status) < 0)
		return -1;
	if (part->part == PART_UPLOADS && !folder)
		drop_from_incoming(part, strrchr(path, '/') + 1);
	return TREE_ON;
}

/* Makes the folder "files", which is copied after what it holds in "incoming". */
static int copy_above_incoming(struct data_copy *copy, const char *form, const struct stat *status)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.*s/files", FORM_PATH, form);
	return copy_entry(copy, path, status);
}

static int copy_part(struct data_copy *copy, const char *form, enum part which)
{
	char path[PATH_MAX];
	struct stat status;
	struct part_copy part = {.copy = copy, .form = form, .part = which};
	snprintf(path, sizeof path, "%.*s%s", FORM_PATH, form, part_folders[which]);
	part.above = strlen(path);
	if (stat(path, &status) < 0)
		return errno == ENOENT ? 0 : say_failure(path);
	if (which == PART_INCOMING && copy_above_incoming(copy, form, &status) < 0)
		return -1;
	if (copy_entry(copy, path, &status) < 0)
		return -1;
	if (tree_each(path, take_entry, &part) == 0 || errno == ENOENT)
		return 0;
	return say_failure(path);
}

static int copy_form(struct data_copy *copy, const char *form)
{
	struct stat status;
	if (stat(form, &status) < 0)
		return errno == ENOENT ? 0 : say_failure(form);
	if (!S_ISDIR(status.st_mode))
		return 0; /* a table, a lock, or a worker's log */
	if (copy_entry(copy, form, &status) < 0)
		return -1;
	for (enum part part = PART_CURSORS; part <= PART_UPLOADS; part++)
		if (copy_part(copy, form, part) < 0)
			return -1;
	return 0;
}

static int copy_secret(struct data_copy *copy)
{
	char path[PATH_MAX];
	struct stat status;
	snprintf(path, sizeof path, "%s/secret", copy->from);
	if (stat(path, &status) < 0)
		return say_failure(path);
	mode_t mode = copy->file_rights.mode;
	copy->file_rights.mode = 0600; /* whatever the others have */
	int failed = copy_entry(copy, path, &status);
	copy->file_rights.mode = mode;
	return failed;
}

static int is_not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int data_copy_run(struct data_copy *copy)
{
	char path[FORM_PATH];
	struct dirent **names;
	if (copy_secret(copy) < 0)
		return -1;
	int n = scandir(copy->from, &names, is_not_hidden, alphasort), failed = n < 0 ? say_failure(copy->from) : 0;
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", copy->from, names[i]->d_name);
		if (!failed)
			failed = copy_form(copy, path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return failed;
}

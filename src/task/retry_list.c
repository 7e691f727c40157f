/* Somebody else, "seeother retry" for one, may set a job to be tried again at any time, so the folder is read every few seconds. */
#include "task/retry_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "task/job.h"

/* Reading opens one file per job that is not done. With many of them it may take no more than one part in PART of the time. */
enum { PAUSE_SECONDS = 2, PART = 20, PAUSE_SECONDS_MAX = 60 };

void retry_list_add(struct retry_list *list, const char *id, time_t next)
{
	if (list->n == list->room) {
		list->room = list->room ? list->room * 2 : 16;
		struct retry *retries = realloc(list->retries, list->room * sizeof *retries);
		if (!retries)
			diag_die("out of memory");
		list->retries = retries;
	}
	struct retry *retry = &list->retries[list->n++];
	memcpy(retry->id, id, ID_LENGTH);
	retry->id[ID_LENGTH] = '\0';
	retry->next = next;
}

bool retry_list_take(struct retry_list *list, time_t now, char id[ID_LENGTH + 1])
{
	for (size_t i = 0; i < list->n; i++)
		if (list->retries[i].next <= now) {
			memcpy(id, list->retries[i].id, ID_LENGTH + 1);
			list->retries[i] = list->retries[--list->n];
			return true;
		}
	return false;
}

bool retry_list_next(const struct retry_list *list, time_t *next)
{
	for (size_t i = 0; i < list->n; i++)
		if (!*next || list->retries[i].next < *next)
			*next = list->retries[i].next;
	return list->n > 0;
}

/* Adds a job, if it waits, or says that it runs and such ones are wanted; false if its file can't be read. */
static bool add_file(struct retry_list *list, const char *folder, const char *name, time_t now, bool running)
{
	struct arena arena = {0};
	struct job job;
	enum job_found found = job_read(folder, (struct span){name, ID_LENGTH}, &arena, &job);
	if (found == JOB_FOUND && job.state == JOB_WAITING)
		retry_list_add(list, name, job_due(&job, now));
	else if (found == JOB_FOUND && job.state == JOB_RUNNING && running)
		retry_list_add(list, name, 0);
	arena_free(&arena);
	return found != JOB_UNREADABLE;
}

/* Adds the jobs of a folder; false if any can't be read. */
static bool add_folder(struct retry_list *list, const char *path, const char *node, const struct secret *secret, time_t now, bool running)
{
	struct dirent *entry;
	bool whole = true;
	DIR *folder = opendir(path);
	if (!folder)
		return false;
	for (errno = 0; (entry = readdir(folder)); errno = 0) /* at the end and on failure it gives NULL; only errno differs */
		if (job_named(entry->d_name) && id_is_of((struct span){entry->d_name, ID_LENGTH}, secret, node))
			whole &= add_file(list, path, entry->d_name, now, running);
	whole &= !errno;
	closedir(folder);
	return whole;
}

bool retry_list_read(struct retry_list *list, const char *path, const char *node, const struct secret *secret, time_t now)
{
	int64_t begun = date_uptime();
	if (now >= list->read && now < list->read + list->pause) /* the clock may have been set back since */
		return false;
	list->read = now;
	list->n = 0;
	list->resumed = add_folder(list, path, node, secret, now, !list->resumed);
	time_t part = (time_t)((date_uptime() - begun) * PART / DATE_SECOND);
	list->pause = part < PAUSE_SECONDS_MAX - PAUSE_SECONDS ? PAUSE_SECONDS + part : PAUSE_SECONDS_MAX;
	return true;
}

void retry_list_end(struct retry_list *list)
{
	free(list->retries);
}

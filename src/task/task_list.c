/* The log's size against the cursor tells what was not begun; job files tell the rest. */
#include "task/task_list.h"

#include <dirent.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "keep/log_day.h"
#include "task/cursor.h"
#include "task/late_day.h"
#include "task/job.h"

/* Takes a job; gives 1 to count it, 0, or -1 on failure. */
typedef int job_taker(void *context, const char *folder, const char *id, struct job *);

static int each_job(const char *path, job_taker *take, void *context)
{
	struct arena arena = {0};
	struct job job;
	int n = 0, taken;
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (!job_named(entry->d_name))
			continue;
		const char *id = arena_copy(&arena, entry->d_name, ID_LENGTH);
		taken = job_read(path, span_of(id), &arena, &job) == JOB_FOUND ? take(context, path, id, &job) : 0;
		n = n < 0 || taken < 0 ? -1 : n + taken;
		arena_reset(&arena);
	}
	if (folder)
		closedir(folder);
	arena_free(&arena);
	return n;
}

static int print_job(void *context, const char *folder, const char *id, struct job *job)
{
	char when[DATE_STAMP];
	(void)folder;
	date_stamp_write(when, (struct timespec){.tv_sec = job->state == JOB_WAITING ? job->next : job->updated});
	fprintf(context, "  %s  %-9s %ju tries, %s %s%s%s\n", id, job_state_name(job->state), (uintmax_t)job->attempts,
		job->state == JOB_WAITING ? "again at" : "since", when, job->error ? ": " : "", job->error ? job->error : "");
	return 1;
}

/* Gives how many bytes of a day's log follow an offset. */
static uint64_t bytes_behind(const struct log *log, uint16_t day, uint64_t offset)
{
	uint64_t size;
	if (log_day_size(log, day, &size) < 0)
		diag_system("%s: can't read the size of the log", log->form);
	return size > offset ? size - offset : 0;
}

/* Gives how many bytes of late days are still to do. */
static uint64_t late_bytes(const struct log *log, const char *path)
{
	uint64_t bytes = 0;
	struct late_day late;
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (late_day_named(entry->d_name, log->node, &late.day) && late_day_read(path, log->node, &late) == JOB_FOUND)
			bytes += bytes_behind(log, late.day, late.offset);
	if (folder)
		closedir(folder);
	return bytes;
}

int task_list_print(const struct config *config, const struct form *form, const struct task *task, FILE *out)
{
	char folder[PATH_MAX];
	struct log log;
	struct cursor cursor;
	job_folder(config, form, task, folder);
	log_begin(&log, config->data, form->name, config->node, false);
	enum job_found found = cursor_read(folder, config->node, &cursor);
	uint64_t bytes = 0;
	if (found == JOB_FOUND)
		bytes = late_bytes(&log, folder) + bytes_behind(&log, (uint16_t)(cursor.day - 1), cursor.before) +
			bytes_behind(&log, cursor.day, cursor.now);
	for (unsigned day = found == JOB_FOUND ? cursor.day + 1u : UINT16_MAX; day <= (unsigned)date_day(time(NULL)); day++)
		bytes += bytes_behind(&log, (uint16_t)day, 0);
	fprintf(out, "%s %s: ", form->name, task->name);
	if (found == JOB_ABSENT)
		fprintf(out, "nothing came yet\n");
	else
		fprintf(out, bytes ? "%ju bytes of the log to do\n" : "all done\n", (uintmax_t)bytes);
	return found == JOB_UNREADABLE || each_job(folder, print_job, out) < 0 ? -1 : 0;
}

static int retry_job(void *context, const char *folder, const char *id, struct job *job)
{
	const char *wanted = context;
	if (job->state != JOB_FAILED || (wanted && strcmp(wanted, id) != 0))
		return 0;
	return job_write(folder, span_of(id), &(struct job){.state = JOB_WAITING, .progress = -1, .error = job->error}) < 0 ? -1 : 1;
}

int task_list_retry(const struct config *config, const struct form *form, const struct task *task, const char *id)
{
	char folder[PATH_MAX];
	job_folder(config, form, task, folder);
	return each_job(folder, retry_job, (void *)(uintptr_t)id);
}

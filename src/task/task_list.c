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

/* Appends " since" or " again at" and a time; nothing for a time that nobody wrote. */
static void print_time(const struct job *job, FILE *out)
{
	char when[DATE_STAMP];
	time_t time_of = job->state == JOB_WAITING ? job->next : job->updated;
	if (job->state == JOB_WAITING && job_due(job, time(NULL)) <= time(NULL)) {
		fprintf(out, ", due now");
	} else if (time_of > 0) {
		date_stamp_write(when, (struct timespec){.tv_sec = time_of});
		fprintf(out, job->state == JOB_WAITING ? ", again at %s" : ", since %s", when);
	}
}

static int print_job(void *context, const char *folder, const char *id, struct job *job)
{
	FILE *out = context;
	(void)folder;
	fprintf(out, "  %s  %-9s %ju %s", id, job_state_name(job->state), (uintmax_t)job->attempts, job->attempts == 1 ? "try" : "tries");
	print_time(job, out);
	fprintf(out, "%s%s\n", job->error ? ": " : "", job->error ? job->error : "");
	return 1;
}

static int count_state(void *context, const char *folder, const char *id, struct job *job)
{
	size_t *counts = context;
	(void)folder, (void)id;
	counts[job->state]++;
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

/* Prints what is not done, by kind: "120 bytes of the log to do, 1 waiting, 2 failed". */
static int print_unfinished(const char *folder, uint64_t bytes, FILE *out)
{
	size_t counts[JOB_DONE + 1] = {0};
	int failed = each_job(folder, count_state, counts) < 0 ? -1 : 0;
	bool any = bytes > 0;
	if (bytes)
		fprintf(out, "%ju bytes of the log to do", (uintmax_t)bytes);
	for (enum job_state state = JOB_RUNNING; state < JOB_DONE; state++)
		if (counts[state]) {
			fprintf(out, "%s%zu %s", any ? ", " : "", counts[state], job_state_name(state));
			any = true;
		}
	fprintf(out, any ? "\n" : "all done\n");
	return failed;
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
	int failed = found == JOB_UNREADABLE ? -1 : 0;
	fprintf(out, "%s %s: ", form->name, task->name);
	if (found == JOB_ABSENT)
		fprintf(out, "nothing came yet\n");
	else
		failed |= print_unfinished(folder, bytes, out);
	return failed < 0 || each_job(folder, print_job, out) < 0 ? -1 : 0;
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

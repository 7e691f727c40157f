/* A job that was begun has a file, or its line is still behind the cursor; what is behind the cursor and has no file is queued. */
#include "task/task_count.h"

#include <dirent.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/span.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "task/cursor.h"
#include "task/job.h"
#include "task/late_day.h"
#include "task/queue.h"

struct job_counting {
	const struct form *form;
	const struct task *task;
	const char *folder;
	const struct secret *secret; /* or NULL */
	struct task_count *count;
	struct arena arena;
};

static void note_age(struct task_count *count, time_t received)
{
	if (!count->oldest || received < count->oldest)
		count->oldest = received;
}

static int count_queued_line(void *context, struct place place, struct span line)
{
	struct job_counting *counting = context;
	char result[PATH_MAX];
	struct record_start start;
	struct job job;
	(void)place;
	if (!record_start_read(line, counting->form->name, &start) || start.id.length != ID_LENGTH || record_erased(line) ||
		!queue_wants(counting->task, line))
		return 0;
	job_result(counting->folder, start.id, true, result);
	if (access(result, F_OK) != 0 && job_read(counting->folder, start.id, &counting->arena, &job) == JOB_ABSENT) {
		counting->count->queued++;
		note_age(counting->count, start.received);
	}
	arena_reset(&counting->arena);
	return 0;
}

static void add_job(struct task_count *count, enum job_state state)
{
	switch (state) {
	case JOB_RUNNING: count->running++; break;
	case JOB_WAITING: count->waiting++; break;
	case JOB_FAILED: count->failed++; break;
	case JOB_CANCELLED: count->cancelled++; break;
	case JOB_QUEUED:
	case JOB_DONE: break; /* no file says so */
	}
}

/* Counts the job that has a file. */
static void count_file(struct job_counting *counting, const struct log *log, struct span id)
{
	struct job job;
	struct span line;
	struct record_start start;
	if (job_read(counting->folder, id, &counting->arena, &job) != JOB_FOUND)
		return;
	add_job(counting->count, job.state);
	if ((job.state == JOB_RUNNING || job.state == JOB_WAITING) && counting->secret &&
		log_line_find(log, counting->secret, id, &counting->arena, &line) == LOG_FOUND &&
		record_start_read(line, counting->form->name, &start))
		note_age(counting->count, start.received);
}

/* Counts the files of jobs, and the lines of late days. */
static int count_files(struct job_counting *counting, const struct log *log)
{
	char id[ID_LENGTH + 1] = "";
	struct late_day late;
	int failed = 0;
	DIR *folder = opendir(counting->folder);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (late_day_named(entry->d_name, log->node, &late.day)) {
			if (late_day_read(counting->folder, log->node, &late) == JOB_FOUND)
				failed |= log_day_each(log, (struct place){.day = late.day, .offset = late.offset}, count_queued_line,
						  counting) < 0;
		} else if (job_named(entry->d_name)) {
			memcpy(id, entry->d_name, ID_LENGTH);
			count_file(counting, log, span_of(id));
			arena_reset(&counting->arena);
		}
	}
	if (folder)
		closedir(folder);
	return failed;
}

/* Counts the lines behind a cursor. */
static int count_behind(struct job_counting *counting, const struct log *log, const struct cursor *cursor)
{
	int64_t today = date_day(time(NULL)), last = today > cursor->day ? today : cursor->day;
	int failed = 0;
	for (int64_t day = cursor->day - 1; day <= last; day++) {
		struct place from = {.day = (uint16_t)day,
			.offset = day < cursor->day  ? cursor->before
				: day == cursor->day ? cursor->now
						     : 0};
		failed |= log_day_each(log, from, count_queued_line, counting) < 0;
	}
	return failed;
}

int task_count_load(struct task_count *count, const struct config *config, const struct form *form, const struct task *task,
	const struct secret *secret)
{
	char folder[PATH_MAX];
	struct job_counting counting = {.form = form, .task = task, .folder = folder, .secret = secret, .count = count};
	struct cursor cursor;
	struct log log;
	*count = (struct task_count){0};
	job_folder(config, form, task, folder);
	log_begin(&log, config->data, form->name, config->node, false);
	enum job_found found = cursor_read(folder, config->node, &cursor);
	int failed = count_files(&counting, &log) | (found == JOB_UNREADABLE);
	if (found == JOB_FOUND)
		failed |= count_behind(&counting, &log, &cursor);
	log_end(&log);
	arena_free(&counting.arena);
	return failed ? -1 : 0;
}

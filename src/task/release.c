/* A released outcome was passed by the cursors long ago, so its jobs get files, as jobs that are tried again have. */
#include "task/release.h"

#include <limits.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "task/job.h"

static int release_task(const char *folder, struct span id, struct arena *arena)
{
	char result[PATH_MAX];
	struct job job;
	if (folder_make(folder) < 0) {
		diag_system("%s: the folder can't be made, so the task does not run", folder);
		return -1;
	}
	job_result(folder, id, true, result);
	int lock = job_lock(folder), failed = 0;
	enum job_found found = access(result, F_OK) == 0 ? JOB_FOUND : job_read(folder, id, arena, &job);
	if (found == JOB_ABSENT)
		failed = job_write(folder, id, &(struct job){.state = JOB_WAITING, .progress = -1});
	else if (found == JOB_UNREADABLE)
		failed = -1;
	file_close(lock);
	return failed;
}

int release_tasks(const struct config *config, const struct form *form, struct span id)
{
	struct arena arena = {0};
	const struct task *task;
	int failed = 0;
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++) {
		char folder[PATH_MAX];
		if (task->suspicious)
			continue;
		job_folder(config, form, task, folder);
		failed |= release_task(folder, id, &arena);
		arena_reset(&arena);
	}
	arena_free(&arena);
	return failed ? -1 : 0;
}

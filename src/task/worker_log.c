/* A worker's standard error is its log, so that what it starts and what the C library has to say get there too. */
#include "task/worker_log.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"

enum { LOG_MAX = 1024 * 1024 };

void worker_log_trim(const struct config *config)
{
	char path[PATH_MAX];
	struct stat log, errors;
	snprintf(path, sizeof path, "%s/worker.log", config->data);
	if (fstat(STDERR_FILENO, &errors) == 0 && errors.st_size > LOG_MAX && stat(path, &log) == 0 &&
	    log.st_dev == errors.st_dev && log.st_ino == errors.st_ino && ftruncate(STDERR_FILENO, 0) < 0)
		diag_system("%s: can't be emptied", path);
}

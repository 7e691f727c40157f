/* A task's small files are read with one call and replaced as a whole, so no reader sees half of one. */
#include "task/task_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

enum job_found task_file_read(const char *path, char line[TASK_FILE_LINE])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return JOB_ABSENT;
	ssize_t n = file < 0 ? -1 : read(file, line, TASK_FILE_LINE - 1);
	file_close(file);
	line[n > 0 ? n : 0] = '\0';
	return n < 0 ? JOB_UNREADABLE : JOB_FOUND;
}

enum job_found task_file_unreadable(const char *path, enum job_found found)
{
	int reason = found == JOB_FOUND ? EILSEQ : errno;
	if (found == JOB_FOUND)
		diag_error("%s: is damaged; the task waits until somebody mends or removes the file", path);
	else
		diag_system("%s: can't be read", path);
	errno = reason;
	return JOB_UNREADABLE;
}

int task_file_write(const char *path, const char *line, bool new)
{
	if (file_put(path, line, strlen(line), true, new) == 0)
		return 0;
	diag_system("%s: can't be written", path);
	return -1;
}

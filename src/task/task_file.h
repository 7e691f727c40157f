/* Files of one line in a task's folder: the cursor and late days. */
#ifndef TASK_FILE_H
#define TASK_FILE_H

#include <stdbool.h>

#include "task/job.h"

enum { TASK_FILE_LINE = 100 };

/* Reads the line of a file. JOB_ABSENT if there is no such file; JOB_UNREADABLE with errno if it can't be read. */
enum job_found task_file_read(const char *path, char line[TASK_FILE_LINE]);

/*
 * Logs that a file is of no use: for its content if it was found, else for errno. Gives JOB_UNREADABLE; errno is EILSEQ if the
 * content is at fault.
 */
enum job_found task_file_unreadable(const char *path, enum job_found);

/* Writes a file durably; a new one only if there is none by now. -1 on failure, which is logged. */
int task_file_write(const char *path, const char *line, bool new);

#endif

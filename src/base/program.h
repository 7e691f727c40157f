/* This program: where it is, to be found or started again. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <limits.h>

/* Writes the absolute path of the running program; -1 and errno if neither /proc nor the way it was started tells. */
int program_path(char path[PATH_MAX]);

/* Starts the running program again in this process, with arguments and an environment. Returns only on failure, with errno. */
void program_restart(char *const arguments[], char *const environment[]);

/* Closes all descriptors from a number on. */
void program_close_from(int descriptor);

#endif

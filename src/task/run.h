/* Runs: the program that an attempt starts, in a process group of its own, with limits. */
#ifndef RUN_H
#define RUN_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "config/config.h"

/* What a run gets and may use. */
struct run_options {
	const char *const *command;               /* program and arguments, then NULL */
	const char *const *environment;           /* then NULL */
	const char *input;                        /* path of its standard input, or NULL */
	int input_file;                           /* the descriptor of its standard input where that has no path; read from its start */
	int data_file;                            /* a further input, as descriptor 3 instead of the pipe for progress, or 0 */
	const char *output;                       /* path of its standard output, or NULL */
	const char *folder;                       /* the folder in which its working folder is made */
	const char *node;                         /* the worker's node, or "" */
	uint64_t timeout, output_max, memory_max; /* seconds; bytes of any file that it writes; bytes of memory */
	bool may_fork; /* processes that it started may outlive it: many mail programs deliver in the background */
};

/* Done, failed for good, or failed so that another try may help. */
enum run_end { RUN_DONE, RUN_FINAL, RUN_AGAIN };

/* A run under way, private to run.c but for progress and error. */
struct run {
	pid_t process;
	int64_t deadline; /* by date_uptime */
	bool may_fork;
	bool stopped;      /* it was told to end */
	int progress_pipe; /* -1 once it is closed */
	int progress;      /* per cent, or -1 */
	char line[32];     /* the start of a line of progress */
	size_t line_n;
	char folder[PATH_MAX]; /* its working folder */
	char error[512];       /* the last line of its standard error, and how it ended */
};

/* Removes the working folders that a node's dead worker left in a folder. No run of that node may be under way. */
void run_cleanup(const char *folder, const char *node);

/* Starts a run; -1 on failure, which is logged. */
int run_begin(struct run *, const struct run_options *);

/* Reads its progress; true if that changed. */
bool run_listen(struct run *);

/* Stops it if its time is up; to be called now and then. */
void run_check(struct run *);

/* Stops it and all that it started: SIGTERM first; run_check sends SIGKILL after two seconds. */
void run_stop(struct run *);

/* Takes the status of its reaped process, sets the error, and removes the working folder. */
enum run_end run_finish(struct run *, int status);

#endif

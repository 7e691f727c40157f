/* Runs: one try at a job, as a process group of its own, watched while it goes on. */
#ifndef RUN_H
#define RUN_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "config/config.h"

/* What a run is given. */
struct run_options {
	const char *const *command; /* program and arguments, then NULL */
	const char *const *environment; /* then NULL */
	const char *input;  /* path of the file that it reads */
	const char *output; /* path of the file that it writes, or NULL */
	const char *folder; /* where its working folder is made */
	const char *node;   /* of whose worker, or "" */
	uint64_t timeout, output_max, memory_max; /* seconds; bytes of any file that it writes, and of memory */
	bool goes_on; /* what it has started may go on once it is done: many mail programs deliver in the background */
};

enum run_end { RUN_DONE, RUN_FINAL, RUN_AGAIN };

/* A run under way. Its insides are its own. */
struct run {
	pid_t process;
	int64_t deadline;  /* by date_uptime */
	bool goes_on;
	bool ended_early;  /* it was told to end: by its time, or because nobody wants it any more */
	int progress_pipe; /* -1 once it is closed */
	int progress;      /* per cent, or -1 */
	char line[32];     /* of progress, as far as it came */
	size_t line_n;
	char folder[PATH_MAX]; /* its working folder */
	char error[512];   /* what it said last on standard error, or how it ended */
};

/* Removes the working folders that a node's worker left in a folder when it died; none of its runs may go on. */
void run_cleanup(const char *folder, const char *node);

/* Starts a run: 0, or -1 with the reason said. */
int run_begin(struct run *, const struct run_options *);

/* Reads what it says of its progress; true where that is news. */
bool run_listen(struct run *);

/* Ends it if it has gone on for too long; to be called now and then. */
void run_check(struct run *);

/* Ends it and all that it started: asks first, and kills after two seconds, in run_check. */
void run_stop(struct run *);

/* Takes how it ended, its process being reaped, and removes its working folder. */
enum run_end run_finish(struct run *, int status);

#endif

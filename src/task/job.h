/* Jobs: one task for one outcome, where it stands, in files below DATA/FORM/tasks/TASK. */
#ifndef JOB_H
#define JOB_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "config/config.h"
#include "keep/id.h"

enum job_state {
	JOB_QUEUED,    /* nothing was written of it yet */
	JOB_RUNNING,
	JOB_WAITING,   /* to be tried again */
	JOB_FAILED,    /* given up */
	JOB_CANCELLED,
	JOB_DONE
};

/* What is written of a job. */
struct job {
	enum job_state state;
	uint64_t attempts;
	time_t next, updated; /* when it is tried again, and when this was written */
	int progress;         /* per cent, or -1 */
	const char *error;    /* what went wrong last, or NULL */
	bool alone;           /* to be written durably, though it runs: the cursor is to pass it */
};

enum job_found { JOB_FOUND, JOB_ABSENT, JOB_UNREADABLE };

/* Gives the name of a state, as the file of a job and a status have it. */
const char *job_state_name(enum job_state);

/* Tells whether a name in a task's folder is that of a job's file, which begins with the ID_LENGTH bytes of its id. */
bool job_named(const char *name);

/* Writes the folder of a form's task. */
void job_folder(const struct config *, const struct form *, const struct task *, char path[PATH_MAX]);

/* Reads what is written of a job, in the arena; what makes no sense, a job that is to be tried again at once. */
enum job_found job_read(const char *folder, struct span id, struct arena *, struct job *);

/* Writes it, whole or not at all; made durable where it is more than how far a run has got. -1 with the reason said. */
int job_write(const char *folder, struct span id, const struct job *);

/* Gives when a job that waits is due: at once where the clock has been set back since, for nothing tells how far. */
time_t job_due(const struct job *, time_t now);

/*
 * Locks a task's jobs for those who read what is written of one, and write it anew: for file_close, or -1, with which
 * they go on as well. Who only reads needs no lock.
 */
int job_lock(const char *folder);

/* Removes what processes that died left of files that they wrote. */
void job_cleanup(const char *folder);

/* Removes what is written of a job; its result too where all is set, overwritten. */
void job_remove(const char *folder, struct span id, bool all);

/* Removes all of all jobs of an outcome, those of tasks that its form has no longer too. */
void job_remove_all(const char *data, const char *form, struct span id);

/* Writes the path of a job's result: of the whole one, which is there once it is done, or of the one that is being made. */
void job_result(const char *folder, struct span id, bool whole, char path[PATH_MAX]);

#endif

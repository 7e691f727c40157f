/* Jobs: one task for one outcome, and the file that says where it stands. */
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
	JOB_QUEUED, /* it has no file yet */
	JOB_RUNNING,
	JOB_WAITING, /* for the next try */
	JOB_FAILED,  /* no further try unless the owner asks for one */
	JOB_CANCELLED,
	JOB_DONE
};

/* What the file of a job says. */
struct job {
	enum job_state state;
	uint64_t attempts;
	time_t next, updated; /* of the next try, and of the writing of the file */
	int progress;         /* per cent, or -1 */
	const char *error;    /* of the last try, or NULL */
	bool durable;         /* job_write flushes it although it is running, because the cursor is about to pass it */
};

enum job_found { JOB_FOUND, JOB_ABSENT, JOB_UNREADABLE };

/* Gives the name of a state as it stands in files and in the status. */
const char *job_state_name(enum job_state);

/* Tells whether a name in a task's folder is that of a job's file. The first ID_LENGTH bytes of such a name are the id. */
bool job_named(const char *name);

/* Writes the path of the folder of a form's task. */
void job_folder(const struct config *, const struct form *, const struct task *, char path[PATH_MAX]);

/* Reads the file of a job into the arena. A damaged file stands for a job whose next try is due. Failures are logged. */
enum job_found job_read(const char *folder, struct span id, struct arena *, struct job *);

/* Replaces the file of a job; flushes it unless the job is running and not durable. -1 on failure, which is logged. */
int job_write(const char *folder, struct span id, const struct job *);

/* Gives when a waiting job is due. If the clock was set back since the file was written, that is at once. */
time_t job_due(const struct job *, time_t now);

/*
 * Locks a task's jobs for a caller that reads the file of one and replaces it. Gives a descriptor for file_close, or -1, with which
 * the caller goes on as well. Reading alone needs no lock.
 */
int job_lock(const char *folder);

/* Removes unfinished files that dead processes left behind. */
void job_cleanup(const char *folder);

/* Removes the file of a job and, if all is set, overwrites and removes its result. */
void job_remove(const char *folder, struct span id, bool all);

/* Removes the files and results of all jobs of an outcome, also those of tasks that its form no longer has. */
void job_remove_all(const char *data, const char *form, struct span id);

/* Writes the path of a job's result: of the whole one, or of the one that the job is making. */
void job_result(const char *folder, struct span id, bool whole, char path[PATH_MAX]);

#endif

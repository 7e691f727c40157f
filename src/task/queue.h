/* Queues: what a task has still to do for the outcomes of one form: how far it is with the lines of the log, and its retries. */
#ifndef QUEUE_H
#define QUEUE_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/span.h"
#include "config/config.h"
#include "keep/decided_file.h"
#include "keep/log.h"
#include "task/cursor.h"
#include "task/job.h"
#include "task/late_day.h"
#include "task/retry_list.h"

enum { QUEUE_TAKEN = 64, QUEUE_LATE = 8 };

/* A line that was taken from the log. It is settled once its job is done or has a file of its own. */
struct taken_line {
	uint16_t day;
	uint64_t begin; /* its offset */
	bool settled;
};

struct queue {
	const struct config *config; /* borrowed, all three */
	const struct form *form;
	const struct task *task;
	struct log log;
	char folder[PATH_MAX];
	const struct decided *decided;                              /* borrowed: lines behind it are not taken; NULL: all are */
	bool begun;                                                 /* the cursor was read */
	bool broken;                                                /* the cursor is damaged: nothing is taken */
	struct cursor cursor, written;                              /* up to where lines were taken, and what the file says of that */
	struct late_day late[QUEUE_LATE], late_written[QUEUE_LATE]; /* the same for late days; further ones wait for a place */
	size_t late_n;
	struct taken_line taken[QUEUE_TAKEN];
	size_t taken_n;
	struct retry_list retries;
	time_t rest;     /* until then no line is taken for a digest, because the last one failed; 0: take them */
	uint64_t failed; /* how often the digest has failed on end */
	time_t failing;  /* when a job failed first since one succeeded; 0: none has */
	bool gave_up;    /* a job was given up since the last alarm */
	char error[512]; /* of the last job that failed */
	time_t alarm;    /* when the next alarm may be sent; 0: it is not known */
};

/* Starts the queue of a form's task. */
void queue_begin(struct queue *, const struct config *, const struct form *, const struct task *);

/* Tells whether there is a cursor, which the first outcome brings; reads it if need be. A damaged one is logged once. */
bool queue_ready(struct queue *);

/* Settles a taken line, if the number is less than QUEUE_TAKEN, and writes how far the queue is; -1 on failure, which is logged. */
int queue_settle(struct queue *, size_t taken);

/* Notes for an alarm that a job has failed, and whether it is given up; or, if the error is NULL, that one has succeeded. */
void queue_note_end(struct queue *, const char *error, bool gave_up, time_t now);

/* Puts the taken lines back, to be taken again after a moment. All must be of one digest. */
void queue_put_back(struct queue *, time_t rest);

/* Tells whether a line asks for a task, as far as its being taken for spam decides that. */
bool queue_wants(const struct task *, struct span line);

/* Tells whether a taken line has to be settled before another one can be taken. */
bool queue_full(const struct queue *);

/* Tells whether a day's log has more bytes than were taken. If its size can't be read it may have: the reader will log why. */
bool queue_has_more(const struct queue *, uint16_t day, uint64_t offset);

/* Looks every few seconds for retries that somebody else asked for, and for late days. */
void queue_refresh(struct queue *, const struct secret *, time_t now);

/* Looks whether a post has just made a late day of today. */
void queue_refresh_today(struct queue *, time_t now);

/* Tells whether anything is left to do, now or later; next becomes the time of the nearest retry. */
bool queue_pending(struct queue *, time_t *next);

/* Tells whether all lines of a day were taken and settled, after queue_refresh. */
bool queue_past(struct queue *, uint16_t day);

/* Frees the queue. */
void queue_end(struct queue *);

#endif

/* Numbers about the data folder and each form, for monitoring. */
#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "config/config.h"
#include "keep/refusals.h"
#include "keep/secret.h"
#include "task/task_count.h"

/* The data folder and its file system. */
struct stats_data {
	bool secret; /* it is there */
	uint64_t reserve;
	uint64_t refusals[REFUSALS_STATUSES]; /* of posts, by status */
	bool measured;                        /* the four below are known; they are not while there is no data folder */
	uint64_t free_bytes, all_bytes, free_inodes, all_inodes;
};

struct stats_form {
	const struct form *form;
	uint64_t kept, suspects, spam, unread, today, month; /* month: of the last 30 days, today included */
	uint64_t bytes;                                      /* that its folder takes on the disk */
	struct task_count *tasks;                            /* in the order of config_form_task, in the arena */
	size_t tasks_n;
};

/* Measures the data folder; -1 on failure, which is logged. */
int stats_data_load(struct stats_data *, const struct config *);

/* Counts a form's outcomes, jobs and bytes; -1 on failure, which is logged: then some numbers are too low. */
int stats_form_load(
	struct stats_form *, const struct config *, const struct form *, const struct secret *secret_or_null, time_t now, struct arena *);

#endif

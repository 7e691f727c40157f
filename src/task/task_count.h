/* Counting the jobs of a task by their states, for the owner's overview. */
#ifndef TASK_COUNT_H
#define TASK_COUNT_H

#include <stdint.h>
#include <time.h>

#include "config/config.h"
#include "keep/secret.h"

struct task_count {
	uint64_t queued; /* outcomes whose job was not begun */
	uint64_t running;
	uint64_t waiting; /* to be tried again */
	uint64_t failed;  /* given up */
	uint64_t cancelled;
	time_t oldest; /* when the oldest outcome came whose job is queued, running or waiting; 0: there is none */
};

/*
 * Counts the jobs of a form's task that are not done, those of this node. Without the secret, oldest is about queued jobs alone. -1 on
 * failure, which is logged; what could be counted is there.
 */
int task_count_load(
	struct task_count *, const struct config *, const struct form *, const struct task *, const struct secret *secret_or_null);

#endif

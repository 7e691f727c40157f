/* The sandbox: what a process that reads requests can still do once it has locked itself in. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "config/config.h"

/* A lock-in, and the folders that it lets through, as they were then. Starts as all zeroes. */
struct sandbox {
	struct arena arena;
	struct sandbox_folder *folders;
};

/*
 * Locks the process in for good, unless the configuration says not to: files outside the data folder can't be opened, but for
 * reading what belongs to the configuration; no program can be started, no connection made. Gives NULL, or
 * what the kernel can't do.
 */
const char *sandbox_enter(struct sandbox *, const struct config *);

/* Lets go of the memory; the process stays locked in. */
void sandbox_end(struct sandbox *);

/* Tells whether one of the folders is another one now, which only a process that is not locked in yet can reach. */
bool sandbox_stale(const struct sandbox *);

#endif

/* The sandbox: bounds what a process that reads requests can do. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "config/config.h"

/* The folders that a process in the sandbox can reach, as they were when it entered. Starts as all zeroes. */
struct sandbox {
	struct arena arena;
	struct sandbox_folder *folders;
	bool brief; /* set it if the process lives for one request: the sandbox is the same, but sooner entered */
};

/*
 * Puts this process into the sandbox for good, unless the configuration says not to: it can write in the data folder, read what the
 * configuration names, and open no other file, start no program and make no connection. Gives NULL, or what is
 * missing and why, in the sandbox's memory.
 */
const char *sandbox_enter(struct sandbox *, const struct config *);

/* Frees the memory; the process stays in the sandbox. */
void sandbox_end(struct sandbox *);

/*
 * Tells whether one of the folders was replaced since, so that only a process that enters anew can reach it. A data folder that hosts share is
 * looked at once a second.
 */
bool sandbox_stale(struct sandbox *);

#endif

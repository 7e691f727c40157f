/* The access log: a line of JSON for each request, in a file of the owner's choice, without anything that tells of the visitor. */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "config/config.h"

struct access_log {
	int file; /* -1: it is not open */
	bool torn;
	dev_t device; /* this and the next one: of the open file */
	ino_t inode;
	int64_t retry; /* when to try again to open it, as date_uptime counts */
};

/* What a line says. Texts may be NULL, and are the program's or the configuration's own, except the id. */
struct access {
	const char *request; /* its id */
	const char *method;
	const char *route; /* the kind of URI */
	const char *form;
	int status;
	uint64_t bytes; /* of the answer, with its header */
	int64_t began;  /* as date_uptime counts */
};

/* Starts with no file open. */
void access_log_begin(struct access_log *);

/*
 * Opens the file that the configuration names, if any, or makes it. The sandbox allows no more than what is open, so this comes before it.
 * A failure is logged, once a minute.
 */
void access_log_open(struct access_log *, const struct config *);

/* Tells whether the file was moved or removed, or could not be opened a minute ago, so that a fresh process has to open it. */
bool access_log_moved(const struct access_log *, const struct config *);

/* Appends a line with one call to write(2). A failure is logged, once a minute, and has no other consequence. */
void access_log_write(struct access_log *, const struct config *, const struct access *, struct arena *);

/* Closes the file. */
void access_log_end(struct access_log *);

#endif

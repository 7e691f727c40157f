/* Undecided lines: a post wrote a line with a key, and died or gave up before its claim was known to be put, or to be another's. */
#ifndef UNDECIDED_H
#define UNDECIDED_H

#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "keep/generation.h"
#include "keep/key.h"
#include "keep/log.h"

/* A line of this node's log that has a key. */
struct undecided {
	struct log *log;
	const struct secret *secret;
	struct place place;
	struct span line, id;
	struct key key; /* with the seconds for which the form remembers keys at most */
	time_t received;
	bool known;                    /* it was decided before, but its claim may be lost: it never becomes void */
	struct generation *generation; /* the newest as far as the caller knows */
	bool claimed;                  /* set: a claim in that generation leads to it, whose name is not made durable */
};

enum undecided_settled {
	UNDECIDED_LIVES, /* it is an outcome */
	UNDECIDED_VOID,  /* another line is; this one was made void, without a flush, and what it named was erased */
	UNDECIDED_LATER, /* its post may still be under way */
	UNDECIDED_FAILED /* the reason is logged */
};

/*
 * Decides a line: claims its key, or makes it void. Only one process of the node's host, or of a host that takes the node over, may do so
 * at a time. Where it is claimed, the caller may rely on that only if it then finds that the generation is not sealed, and has made the
 * claim's name durable; else the line is to be decided again. Reads in the arena.
 */
enum undecided_settled undecided_settle(struct undecided *, time_t now, struct arena *);

#endif

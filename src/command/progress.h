/* Progress of long work, on standard error if that is a terminal; otherwise nothing is printed. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *name; /* of the command, borrowed */
	bool terminal;    /* standard error is one */
	bool printed;     /* a line of progress stands there */
	int64_t last;     /* when it was printed, by date_uptime */
};

/* Begins with nothing printed. A command that prints results meanwhile shows no progress where they go to a terminal too. */
void progress_begin(struct progress *, const char *name, bool prints_results);

/* Prints how far the work has got in place of what was printed before, at most some times a second. */
void progress_print(struct progress *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes what was printed, so that something else can be printed or the work is done. */
void progress_clear(struct progress *);

#endif

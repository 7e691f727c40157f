/* The supervisor: a process that reads no request, and keeps one alive that does, locked in (sandbox.h). */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "keep/site.h"

/* What a kept process exits with to be followed by another one, under the configuration as it is then. */
enum { SUPERVISOR_RENEW = 75 };

/*
 * Runs serve in a process of its own, and in another one after it when it asks for that or died; starts workers for it when asked
 * (wake.h). Passes SIGTERM, SIGUSR1, SIGINT and SIGHUP on. Gives the exit status once that is over.
 */
int supervisor_run(struct site *, int (*serve)(struct site *));

#endif

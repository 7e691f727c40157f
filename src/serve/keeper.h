/* The keeper: a process that reads no request, and keeps one alive that does, locked in (sandbox.h). */
#ifndef KEEPER_H
#define KEEPER_H

#include "keep/site.h"

/* What a kept process exits with to be followed by another one, under the configuration as it is then. */
enum { KEEPER_RENEW = 75 };

/*
 * Runs serve in a process of its own, and in another one after it when it asks for that or died; starts workers for it when asked
 * (wake.h). Passes SIGTERM, SIGUSR1, SIGINT and SIGHUP on. Gives the exit status once that is over.
 */
int keeper_run(struct site *, int (*serve)(struct site *));

#endif

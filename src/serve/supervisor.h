/* The supervisor: a process that reads no request and keeps one running in the sandbox that does. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "keep/site.h"

/* The exit status with which the serving process asks to be replaced under the configuration as it is then. */
enum { SUPERVISOR_RENEW = 75 };

/*
 * Runs serve in a child process, and again in another one when it died or asks for that; starts workers for it on demand. Ends after
 * SIGTERM, SIGUSR1, SIGINT or SIGHUP, once the child has ended. Gives the exit status.
 */
int supervisor_run(struct site *, int (*serve)(struct site *));

#endif

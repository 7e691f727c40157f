/* The supervisor: a process that reads no request and keeps one running in the sandbox that does. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdbool.h>

#include "keep/site.h"

/*
 * The exit statuses of the serving process: the supervisor is to replace it under the configuration as it is then, or it could not
 * begin to serve, which it has logged.
 */
enum { SUPERVISOR_RENEW = 75, SUPERVISOR_UNABLE = 71 };

/*
 * Runs serve in a child process, and in another one whenever that ends, for whatever reason; starts workers for it on demand. SIGHUP
 * and SIGUSR2 replace the child. Gives the exit status: 0 after SIGTERM, SIGUSR1 or SIGINT, once the child has ended; not 0 if the very
 * first child could not begin to serve.
 */
int supervisor_run(struct site *, int (*serve)(struct site *));

/*
 * Asks for another process in place of this one, which then has to end once it has answered the request that holds it up. Returns false
 * if there is nobody to ask.
 */
bool supervisor_relieve(void);

#endif

/* Socket activation: a listening socket that systemd has opened (sd_listen_fds(3)). */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <stdbool.h>

/* Returns true if a descriptor is a listening socket. */
bool activation_is_listening(int descriptor);

/*
 * If systemd has passed sockets to this very process, moves the first one to the descriptor, and removes the variables that tell of them.
 * Returns 0, also if there are none; -1 if what was passed is not a listening socket, with the reason logged.
 */
int activation_take(int descriptor);

#endif

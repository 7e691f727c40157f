/*
 * Nodes: the hosts that share a data folder. DATA/.nodes/NODE is a symbolic link whose text stands for the host that has this name, so
 * that no other host writes to the same logs.
 */
#ifndef NODES_H
#define NODES_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Takes the node's name for this host: 0, also if the host has had it before. Logs why not and gives -1: another host has it, or the
 * file system fails.
 */
int nodes_enter(const struct config *);

/* Does the same, but takes nothing: 0 also if no host has the name yet. */
int nodes_try(const struct config *);

/*
 * Tells by 0 that a host without a node may write to a data folder. Logs why not and gives -1 with EPERM: there are nodes, or the file
 * system is one that hosts share.
 */
int nodes_allow_unnamed(const char *data);

/* Tells whether a host has or had that name. */
bool nodes_known(const char *data, const char *node);

/* Calls take for each node but this host's own. */
void nodes_each_other(const struct config *, void (*take)(void *context, const char *node), void *context);

#endif

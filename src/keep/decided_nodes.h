/* What the files of all nodes tell together: which claims are still needed, and whether lost ones are back. */
#ifndef DECIDED_NODES_H
#define DECIDED_NODES_H

#include <stdint.h>

#include "config/config.h"
#include "keep/log.h"

/* Gives the oldest generation that a node may still need to decide lines; UINT64_MAX if all are decided. -1 and errno on failure. */
int decided_nodes_need(const struct log *, uint64_t *generation);

/*
 * Tells whether all nodes have put claims for their lines again after those were lost; the generation is the first one since. Gives 1, or 0 and
 * the name of a node that has not, or -1 and errno.
 */
int decided_nodes_have_claims(const struct log *, uint64_t generation, char node[CONFIG_NAME_MAX + 1]);

#endif

/* Space: what a post may still take of the disk ("reserve") and of its form's share ("quota"). */
#ifndef SPACE_H
#define SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

enum space_state { SPACE_ENOUGH, SPACE_LOW /* less than the reserve */, SPACE_NO_INODES /* there can't be another file */ };

/* Tells whether the data folder's file system has room for a small post, without writing or logging. What can't be measured has. */
enum space_state space_look(const struct config *);

/*
 * Tells, before a post is read, whether there is room for its bytes. The reason is logged once, until there is room again. What can't be
 * measured sets no bound.
 */
bool space_allows(const struct config *, const struct form *, uint64_t bytes);

/*
 * Takes the bytes of a post from its form's quota once it was read, right before it is kept, which also bounds a post that announced no
 * length. False, with the reason logged as above, if they don't fit. The post's files are on the disk already.
 */
bool space_take(const struct config *, const struct form *, uint64_t bytes);

/* Gives back the bytes that space_take took for a post that was not kept after all. */
void space_give_back(const struct config *, const struct form *, uint64_t bytes);

#endif

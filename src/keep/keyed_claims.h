/* Lines with keys on several hosts: who puts the claim of a key first has its outcome. */
#ifndef KEYED_CLAIMS_H
#define KEYED_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/text.h"
#include "keep/generation.h"
#include "keep/kept.h"
#include "keep/key.h"
#include "keep/log.h"

/* What a form has open. */
struct keyed_claims {
	struct log *log;              /* borrowed */
	uint64_t remember;            /* seconds for which a key is kept at most */
	struct generation generation; /* the newest, as far as this process knows */
	int64_t begun;                /* the day after that on which it was known from where on lines are to be decided; 0: not yet */
	uint64_t whole;               /* the first generation of which it is known that it has the claims that were lost */
};

/* Does what keyed_keep says, by claims. No lock is held across hosts. */
enum store_kept keyed_claims_keep(
	struct keyed_claims *, const struct secret *, struct text *line, time_t now, const struct key *, char id[ID_LENGTH + 1]);

#endif

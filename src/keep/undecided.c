/*
 * A line that the newest generation claims is an outcome. Any other is measured against the lines that claims of its key lead to:
 *
 *   there is                                                      the line
 *   one that lives and was received within the time of one key,   is made void: the key is that one's
 *   before it or after it
 *   one that was erased, and no claim leads to this line          is made void too: what was withdrawn must not come back in another guise
 *   one that lives and was received after that time, and no       is made void too: its post was not answered with 303, and were the later
 *   claim leads to this line                                      one withdrawn, what is decided now would be decided differently then
 *   one that lives and was received after that time, and an       stays as it is: nobody looks up its key any more, and a claim for it in
 *   older generation's claim leads to this line                   the newest generation would hide the later one
 *   none of these                                                 gets a claim behind the last of the newest generation
 *
 * A post is answered with 303 only once a claim leads to its line. A line that was an outcome before the claims were lost always stays,
 * and gets a claim unless another line has the key.
 *
 * Its post may be under way, and put a claim at any moment. So a young line is left alone, and an older one is made void under the lock of
 * its log, where its post looks whether it is still there before it answers.
 */
#include "keep/undecided.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "keep/claim.h"
#include "keep/claim_line.h"
#include "keep/erase.h"
#include "keep/log_line.h"
#include "keep/record.h"

enum { YOUNG_SECONDS = 10, ROUNDS = 100 };

/* What was found of a line's key. */
struct rivals {
	struct claim_last newest; /* the last claim of the newest generation */
	bool in_newest;           /* which leads to the line, as may one before it */
	bool named;               /* a claim of any generation leads to it, */
	uint64_t seconds;         /* and says this; else 0 */
	bool near;                /* a line that has the key instead */
	bool erased;              /* a line that had it was erased */
	bool later;               /* a line that had the key later lives */
};

/* Takes the line that a claim of the generation that names the own one, or of a newer one, leads to. */
static int take_claim(struct rivals *rivals, struct undecided *line, bool newer, const struct claim *claim, struct arena *arena)
{
	struct claim_line found;
	if (!*claim->id || span_is(line->id, claim->id))
		return 0;
	switch (claim_line_find(&found, line->log, line->secret, &line->key, claim->id, arena)) {
	case CLAIM_LINE_FAILED: return -1;
	case CLAIM_LINE_GONE: return 0;
	case CLAIM_LINE_ERASED: rivals->erased = true; return 0;
	case CLAIM_LINE_LIVES: break;
	}
	int64_t apart = (int64_t)found.received - (int64_t)line->received;
	uint64_t own = rivals->seconds ? rivals->seconds : line->key.seconds;
	uint64_t seconds = claim->seconds && claim->seconds < own ? claim->seconds : own;
	rivals->near |= newer && (uint64_t)llabs(apart) < seconds;
	rivals->later |= apart > 0;
	return 0;
}

/* Reads a claim and notes whether it leads to the line. Returns 1, 0 if there is no such claim, or -1 and errno. */
static int read_own(struct rivals *rivals, const struct undecided *line, uint64_t generation, uint64_t number)
{
	struct claim claim;
	int found = claim_read(&claim, line->log, generation, &line->key, number);
	rivals->named = found > 0 && span_is(line->id, claim.id);
	rivals->seconds = rivals->named ? claim.seconds : rivals->seconds;
	return found;
}

/* Looks for a claim of a generation that leads to the line. If none does, gives the last one. Almost always the first one does. */
static int find_own(struct rivals *rivals, const struct undecided *line, uint64_t number, struct claim_last *last)
{
	*last = (struct claim_last){0};
	int found = read_own(rivals, line, number, 0);
	if (found <= 0 || rivals->named)
		return found < 0 ? -1 : 0;
	if (claim_find_last(last, line->log, number, &line->key) < 0)
		return -1;
	for (uint64_t n = last->n; n > 1 && !rivals->named; n--)
		if (read_own(rivals, line, number, n - 1) < 0)
			return -1;
	return 0;
}

/* Takes the lines that the claims of a generation lead to. */
static int take_generation(struct rivals *rivals, struct undecided *line, uint64_t number, bool newer, struct arena *arena)
{
	struct claim_last last;
	struct claim claim;
	if (claim_find_last(&last, line->log, number, &line->key) < 0)
		return -1;
	for (uint64_t n = last.n; n > 0; n--)
		if (claim_read(&claim, line->log, number, &line->key, n - 1) < 0 || take_claim(rivals, line, newer, &claim, arena) < 0)
			return -1;
	return 0;
}

/*
 * Finds the newest generation that has a claim for the line, and takes the claims of that and of all newer ones; if none has, of all. In
 * the one that names the line, another line that lives is an outcome beside it, however near.
 */
static int find_rivals(struct rivals *rivals, struct undecided *line, struct arena *arena)
{
	struct claim_last last;
	uint64_t oldest, newest = line->generation->number, other, own;
	*rivals = (struct rivals){0};
	if (find_own(rivals, line, newest, &rivals->newest) < 0)
		return -1;
	rivals->in_newest = rivals->named;
	if (rivals->named)
		return 0;
	if (generation_range(line->log, &oldest, &other) < 0)
		return -1;
	for (own = newest - 1; own && own >= oldest; own--)
		if (find_own(rivals, line, own, &last) < 0)
			return -1;
		else if (rivals->named)
			break;
	for (uint64_t number = newest; number && number >= oldest && number >= own; number--)
		if (take_generation(rivals, line, number, number > own, arena) < 0)
			return -1;
	return 0;
}

static bool is_young(const struct undecided *line, time_t now)
{
	return now >= line->received && now - line->received < YOUNG_SECONDS;
}

static bool has_lost(const struct rivals *rivals)
{
	return !rivals->in_newest && (rivals->near || ((rivals->erased || rivals->later) && !rivals->named));
}

/* Asked under the lock of the log: looks once more. */
struct agreeing {
	struct undecided *line;
	struct arena *arena;
	time_t now;
};

static bool agree_to_void(void *context)
{
	const struct agreeing *agreeing = context;
	struct rivals rivals;
	generation_release(agreeing->line->log); /* its folder may have been removed while this process slept */
	return generation_renew(agreeing->line->generation, agreeing->line->log, agreeing->now) == 0 &&
		find_rivals(&rivals, agreeing->line, agreeing->arena) == 0 && has_lost(&rivals);
}

/* Makes a line void that has lost, and erases what it names. */
static enum undecided_settled void_loser(struct undecided *line, time_t now, struct arena *arena)
{
	struct agreeing agreeing = {line, arena, now};
	if (log_line_void(line->log, line->id, line->place, agree_to_void, &agreeing) < 0)
		return errno == ECANCELED ? UNDECIDED_LATER : UNDECIDED_FAILED;
	json_t *record = record_read(line->line);
	int failed = record ? erase_files(line->log->data, line->log->form, record) : 0;
	json_decref(record);
	diag_note("the form \"%s\": the line %.*s was made void: another host has the outcome of its key", line->log->form, ID_LENGTH,
		line->id.bytes);
	return failed ? UNDECIDED_FAILED : UNDECIDED_VOID;
}

/* Makes sure that the newest generation has a claim that leads to the line: 1, or 0 if it has to be looked at again. -1 and errno. */
static int claim_line(struct undecided *line, const struct rivals *rivals, time_t now)
{
	const struct log *log = line->log;
	struct claim claim = {.seconds = rivals->seconds};
	memcpy(claim.id, line->id.bytes, ID_LENGTH);
	if (!rivals->in_newest) {
		if (generation_extend(line->generation, log, claim.seconds ? claim.seconds : line->key.seconds) < 0)
			return -1;
		switch (claim_put(log, line->generation->number, &line->key, rivals->newest.n, &claim)) {
		case CLAIM_PUT: break;
		case CLAIM_TAKEN: return 0;
		case CLAIM_GONE: return generation_renew(line->generation, log, now);
		case CLAIM_FAILED:
		case CLAIM_UNKNOWN: return -1;
		}
	}
	line->claimed = true;
	return 1;
}

enum undecided_settled undecided_settle(struct undecided *line, time_t now, struct arena *arena)
{
	struct rivals rivals;
	errno = EAGAIN;
	for (int i = 0; i < ROUNDS; i++) {
		if (find_rivals(&rivals, line, arena) < 0)
			break;
		if (!rivals.in_newest && !line->known && is_young(line, now))
			return UNDECIDED_LATER;
		bool lost = has_lost(&rivals);
		if (lost && !line->known)
			return void_loser(line, now, arena);
		if (lost || (!rivals.in_newest && rivals.later))
			return UNDECIDED_LIVES;
		int claimed = claim_line(line, &rivals, now);
		if (claimed > 0)
			return UNDECIDED_LIVES;
		if (claimed < 0)
			break;
		errno = EAGAIN;
	}
	diag_system("the form \"%s\": it can't be decided whether the line %.*s is an outcome", line->log->form, ID_LENGTH, line->id.bytes);
	return UNDECIDED_FAILED;
}

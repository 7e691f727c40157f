/*
 * Hosts that share a data folder write lines to logs of their own, and claim keys (claim.c). A post with a key
 *
 *   1. looks for the last claim of the key in the newest generation (generation.c), and where there is none in the one before. If its
 *      line lives and is remembered, that is the outcome; if it is of the generation before, it is claimed in the newest one too, so that
 *      this one decides alone from then on;
 *   2. else writes its own line to its own log and flushes it, as every post does;
 *   3. claims the key: puts a name for its line behind the last claim, which the file system lets one host do. A name that is there by
 *      then is looked at as in 1;
 *   4. looks whether the generation was sealed meanwhile, and if so does it all again in the newest one. What was put before the seal was
 *      made is seen by all who work in the next generation, since they make sure of the seal before they look at the one before;
 *   5. makes the claim durable: flushes the name, and appends an empty line to its own log and flushes that, since GlusterFS keeps a name
 *      for sure only with data that were flushed after it;
 *   6. answers. A line that lost is made void first.
 *
 *   the process died, or slept       what is left                        what becomes of it
 *   before 2                         nothing                             -
 *   between 2 and 3                  a line without a claim              readers pass over it. A retry claims the key for its own line. The
 *                                                                        host's worker claims the key for the line, or makes it void
 *                                                                        (undecided.c)
 *   3 failed, nobody knows how       a line, maybe with a claim          the post was answered 503; it is as if the process had died
 *   between 3 and 5                  line and claim                      a retry finds them, and makes the claim durable
 *   it lost, before 6                a line that no claim leads to       the same as between 2 and 3
 *   while it slept, its line was     a claim that leads to a void line   who has put it sees that under the log's lock, in step 5, and
 *   made void                                                            answers 503; others put a successor behind the claim
 *   before 2 for long, or after it   maybe a line without a claim        503 if the key is free by then: others may have used it and
 *   found an outcome in 1                                                withdrawn theirs while this post slept
 *   after 2, while another's         a line without a claim              503, and the worker makes it void: what was withdrawn must not come
 *   outcome was made and withdrawn                                       back in another guise
 *
 * A process may sleep between any two steps while other hosts do all of theirs; nothing here asks how long. Only the line's own host
 * makes it void, under the lock of its log and after another look at the claims, and the empty line of step 5 is appended under that
 * lock too; so a line whose post is answered 303 is never made void.
 */
#include "keep/keyed_claims.h"

#include <errno.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "keep/claim.h"
#include "keep/claim_line.h"
#include "keep/decided.h"
#include "keep/decided_nodes.h"
#include "keep/log_line.h"

/* How often a key is looked at anew at the most, because other hosts have put claims or begun a generation. */
enum { ROUNDS = 100, SLEPT_SECONDS = 1, LATE_SECONDS = 10 };

/* A post whose key is being claimed. */
struct claiming {
	struct keyed_claims *keyed;
	struct log *log;
	const struct secret *secret;
	const struct key *key;
	time_t now;
	int64_t begun; /* seconds since the machine was booted, at the beginning */
	struct arena *arena;
	struct log_line line;       /* its own */
	char own[ID_LENGTH + 1];    /* the id of that; "" until it is written */
	bool left;                  /* its own line is in the log, and not void */
	char passed[ID_LENGTH + 1]; /* of the line that had the key before, when its own was written */
	bool put_one;               /* a claim of it may have been put */
	bool found_one;             /* an outcome had the key when this post looked, or was made and withdrawn since its line was written */
	bool failed_once;           /* putting a claim has */
	bool lost;                  /* the claims were lost, and are not back yet */
	struct claim claim;         /* the outcome's, as far as it is settled, */
	struct claim_line found;    /* and its line, if it is another post's */
};

/* What has come of one look at the newest generation. */
enum settled { SETTLED, LOOK_AGAIN, GENERATION_GONE, FAILED };

static void say_claims_failed(const struct claiming *claiming)
{
	diag_system("the claims of \"%s\" can't be read or written", claiming->log->form);
}

static bool is_own(const struct claiming *claiming)
{
	return *claiming->own && strcmp(claiming->claim.id, claiming->own) == 0;
}

/* Tells whether a claim's line means the key: 1 or 0, or -1 if it can't be told. */
static int counts(struct claiming *claiming, const struct claim *claim)
{
	const char *id = claim->id;
	uint64_t seconds = claim->seconds ? claim->seconds : claiming->key->seconds;
	if (!*id)
		return 0;
	switch (claim_line_find(&claiming->found, claiming->log, claiming->secret, claiming->key, id, claiming->arena)) {
	case CLAIM_LINE_LIVES: return claim_line_counts(&claiming->found, claiming->log, seconds, claiming->now);
	case CLAIM_LINE_GONE: return 0;
	case CLAIM_LINE_FAILED: return -1;
	case CLAIM_LINE_ERASED: break;
	}
	claiming->found_one |= *claiming->own && strcmp(id, claiming->passed) != 0;
	/* Who erased it may have died before the flush: a power cut could bring it back beside the line that comes next. */
	return log_line_erase(claiming->log, claiming->secret, span_of(id), claiming->arena) == LOG_FAILED ? -1 : 0;
}

/*
 * Asked under the lock of the log: looks whether a claim leads to the own line after all, in the generation that is known and in the one
 * that another host may have begun meanwhile. If there are more, this process has slept for so long that it can't tell.
 */
static bool has_no_claim(void *context)
{
	const struct claiming *claiming = context;
	struct generation *generation = &claiming->keyed->generation;
	uint64_t known = generation->number;
	generation_release(claiming->log);
	if (generation_renew(generation, claiming->log, claiming->now) < 0 || generation->number < known || generation->number - known > 1)
		return false;
	for (uint64_t number = known; number <= generation->number; number++)
		if (claim_names(claiming->log, number, claiming->key, span_of(claiming->own)) != 0)
			return false;
	return true;
}

/* Makes the post's own line void, unless a claim leads to it after all. */
static void void_own(struct claiming *claiming)
{
	claiming->left = log_line_void(claiming->log, span_of(claiming->own), claiming->line.place, has_no_claim, claiming) < 0;
}

/* Writes the post's own line and flushes it, once. Logs a failure and gives -1. */
static int write_own(struct claiming *claiming)
{
	if (*claiming->own)
		return 0;
	if (log_write(claiming->log, claiming->secret, &claiming->line, claiming->now, NULL, claiming->own) < 0)
		return -1;
	claiming->left = true;
	strcpy(claiming->passed, claiming->claim.id);
	if (log_flush(claiming->log) == 0)
		return 0;
	void_own(claiming);
	log_end(claiming->log); /* the next request opens the file again */
	return -1;
}

/*
 * Tells whether a post may not make an outcome any more, since others may have made one and withdrawn it meanwhile: its own would have
 * the time of its beginning, at which the outcome before that one had the key.
 */
static bool is_too_late(const struct claiming *claiming)
{
	uint64_t most = claiming->key->seconds / 2 < LATE_SECONDS ? claiming->key->seconds / 2 : LATE_SECONDS;
	int64_t waited = date_since_boot() - claiming->begun;
	if (!claiming->found_one && (*claiming->own || waited <= (int64_t)most))
		return false;
	diag_error(
		"the form \"%s\": a post with a key was held up for %lld s, and is answered 503, since others may have used the key meanwhile",
		claiming->log->form, (long long)waited);
	return true;
}

/* Puts a claim behind the last one; once more if nobody knows whether it was put. */
static enum settled put_claim(struct claiming *claiming, uint64_t number)
{
	struct generation *generation = &claiming->keyed->generation;
	if (!claiming->claim.seconds)
		claiming->claim.seconds = claiming->key->seconds;
	if (generation_extend(generation, claiming->log, claiming->claim.seconds) < 0) {
		say_claims_failed(claiming);
		return FAILED;
	}
	enum claim_put put = claim_put(claiming->log, generation->number, claiming->key, number, &claiming->claim);
	claiming->put_one |= put == CLAIM_PUT || put == CLAIM_UNKNOWN;
	switch (put) {
	case CLAIM_PUT: return SETTLED;
	case CLAIM_TAKEN: return LOOK_AGAIN;
	case CLAIM_GONE: return GENERATION_GONE;
	case CLAIM_FAILED: claiming->failed_once = true; break;
	case CLAIM_UNKNOWN: break;
	}
	if (claiming->failed_once) {
		say_claims_failed(claiming);
		return FAILED;
	}
	claiming->failed_once = true;
	return LOOK_AGAIN;
}

/* Looks for the key in the newest generation, and puts a claim if there is none that counts. */
static enum settled settle_in_newest(struct claiming *claiming)
{
	uint64_t newest = claiming->keyed->generation.number;
	struct claim_last last, before = {0};
	if (claim_find_last(&last, claiming->log, newest, claiming->key) < 0 ||
		(!last.n && newest > 1 && claim_find_last(&before, claiming->log, newest - 1, claiming->key) < 0)) {
		if (errno == ESTALE && claiming->log->claims.at >= 0) /* another host has removed the folder that is held */
			return GENERATION_GONE;
		say_claims_failed(claiming);
		return FAILED;
	}
	claiming->claim = last.n ? last.claim : before.claim;
	if (last.n && is_own(claiming))
		return SETTLED;
	int counting = counts(claiming, &claiming->claim);
	claiming->found_one |= counting > 0;
	if (counting < 0 || (!counting && (is_too_late(claiming) || write_own(claiming) < 0)))
		return FAILED;
	if (counting && last.n)
		return SETTLED;
	if (!counting) {
		claiming->claim = (struct claim){.seconds = claiming->key->seconds};
		strcpy(claiming->claim.id, claiming->own);
	}
	return put_claim(claiming, last.n);
}

/*
 * Tells whether claims are as whole as if none had ever been lost: where the first generation after a loss is the newest, once the workers of
 * all nodes have put claims anew. Logs why not, or a failure.
 */
static bool is_whole(const struct claiming *claiming)
{
	struct keyed_claims *keyed = claiming->keyed;
	char node[CONFIG_NAME_MAX + 1];
	uint64_t first = keyed->generation.first;
	if (first <= 1 || keyed->generation.number > first || keyed->whole == first)
		return true;
	int has = decided_nodes_have_claims(keyed->log, first, node);
	if (has < 0)
		say_claims_failed(claiming);
	if (has == 0)
		diag_error(
			"the claims of \"%s\" were lost: posts with a key are answered 503 until a worker has put those of the node %s anew",
			keyed->log->form, node);
	keyed->whole = has > 0 ? first : 0;
	return has > 0;
}

/* Settles whose outcome the key has; the name of its claim is durable then. Logs a failure and gives -1. */
static int settle(struct claiming *claiming)
{
	struct generation *generation = &claiming->keyed->generation;
	struct log *log = claiming->log;
	generation_hold(log, generation->number);
	for (int i = 0; i < ROUNDS; i++) {
		claiming->lost = !is_whole(claiming);
		enum settled settled = claiming->lost ? FAILED : settle_in_newest(claiming);
		if (settled == FAILED)
			return -1;
		if (settled == LOOK_AGAIN)
			continue;
		int sealed = settled == SETTLED ? generation_sealed(log, generation->number) : 1;
		/* In this order: a generation that is still there was the newest when there was none behind it. */
		if (!sealed && claim_sync(log, generation->number, claim_folder(claiming->key)) == 0)
			return 0;
		if (sealed < 0 || (!sealed && errno != ENOENT) || generation_renew(generation, log, claiming->now) < 0)
			break;
		generation_release(log); /* its folder may have been removed */
		generation_hold(log, generation->number);
		errno = EAGAIN;
	}
	say_claims_failed(claiming);
	return -1;
}

/*
 * Makes a claim durable by data, after its name: of an own line only if that is still there. While this process slept, a host that has
 * taken its node over may have made it void.
 */
static int flush_claim(struct claiming *claiming, const struct log_line *line)
{
	if (line && date_since_boot() - claiming->begun > SLEPT_SECONDS)
		log_refresh(claiming->log);
	return log_note(claiming->log, line, claiming->now) < 0 ? -1 : log_flush(claiming->log);
}

/* Tells whether the line of another post has the key instead of the own one: both were received within the time of one key. */
static bool is_within(const struct claiming *claiming)
{
	int64_t apart = (int64_t)claiming->found.received - (int64_t)claiming->now;
	return apart < (int64_t)claiming->key->seconds;
}

static enum store_kept answer(struct claiming *claiming)
{
	if (is_own(claiming))
		return flush_claim(claiming, &claiming->line) < 0 ? STORE_UNDECIDED : STORE_KEPT;
	if (claiming->left) {
		if (is_within(claiming))
			void_own(claiming);
		if (claiming->left)
			return STORE_UNDECIDED; /* also if this process has slept for as long as keys are remembered */
	}
	if (!claiming->found.same)
		return STORE_KEPT_OTHER;
	return flush_claim(claiming, NULL) < 0 ? STORE_FAILED : STORE_KEPT_BEFORE;
}

/* Makes sure, once a day, since the clock may be set back, that it is known from where on lines are to be decided. */
static int begin_deciding(struct keyed_claims *keyed, time_t now)
{
	int64_t begun = date_day(now) + 1;
	if (keyed->begun != begun && decided_begin(keyed->log, &keyed->generation, keyed->remember, now) < 0)
		return -1;
	keyed->begun = begun;
	return 0;
}

enum store_kept keyed_claims_keep(struct keyed_claims *keyed, const struct secret *secret, struct text *text, time_t now,
	const struct key *key, char id[ID_LENGTH + 1])
{
	struct claiming claiming = {.keyed = keyed,
		.log = keyed->log,
		.secret = secret,
		.key = key,
		.now = now,
		.begun = date_since_boot(),
		.arena = text->arena,
		.line = {.bytes = text->bytes, .length = text->length}};
	enum store_kept kept = STORE_FAILED;
	if (generation_keep_up(&keyed->generation, keyed->log, keyed->remember, now) < 0 || begin_deciding(keyed, now) < 0)
		say_claims_failed(&claiming);
	else if (settle(&claiming) == 0)
		kept = answer(&claiming);
	else if (claiming.left && !claiming.put_one && claiming.lost)
		void_own(&claiming); /* else it would count as one that was answered */
	strcpy(id, claiming.claim.id);
	return kept == STORE_FAILED && claiming.left ? STORE_UNDECIDED : kept;
}

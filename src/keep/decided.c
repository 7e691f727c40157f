/*
 * DATA/FORM/decided.NODE is made before the first line with a key is written. If it is lost, or the claims are, the file is made anew as if
 * at that moment, and the worker goes through the lines for which keys are remembered once more: it puts a claim for each, and makes none
 * void, since each may have been answered. That claims were lost shows by the file's generation: those that come after a loss have
 * higher numbers than any that a node has put down, and tell the first of them (generation.c). Until each node's file has come that far,
 * no key is taken.
 *
 * Lines are decided before the file says so, and what was made void is flushed. After a crash some are decided again, with the same
 * result.
 */
#include "keep/decided.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/folder.h"
#include "keep/claim.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "keep/steady.h"
#include "keep/undecided.h"

enum { DUE_SECONDS = 60 };

/* Begins anew: with the lines of the time for which keys are remembered, which count as decided once. */
static int begin_anew(struct decided *decided, const struct log *log, uint64_t generation, uint64_t remember, time_t now)
{
	int newest = log_day_newest(log);
	uint16_t today = (uint16_t)date_day(now);
	if (newest == LOG_DAY_FAILED)
		return -1;
	struct decided fresh = {.generation = generation, .day = (uint16_t)(date_day(steady_ago(log->data, log->node, remember, now)) + 1)};
	fresh.known_day = newest > today ? (uint16_t)newest : today;
	if (log_day_size(log, fresh.known_day, &fresh.known_offset) < 0)
		return -1;
	*decided = fresh;
	return 0;
}

/* Tells whether a file is of a clock that was ahead, and was set back by days since. Days may differ by one around midnight. */
static bool is_ahead(const struct decided *decided, time_t now)
{
	return decided->day > date_day(now) + 1;
}

/*
 * Sets back what is decided to the day of now, since lines come into its log again that would count as decided. Those that are there do,
 * and so do those of the days to come that did before.
 */
static int set_back(struct decided *decided, const struct log *log, time_t now)
{
	const struct decided had = *decided;
	int day = (int)date_day(now);
	*decided = (struct decided){
		.day = (uint16_t)day, .generation = had.generation, .known_day = had.known_day, .known_offset = had.known_offset};
	if (log_day_size(log, (uint16_t)(day - 1), &decided->before) < 0 || log_day_size(log, decided->day, &decided->now) < 0)
		return -1;
	if (had.known_day > decided->day) {
		decided->known_day = decided->day;
		decided->known_offset = decided->now;
	}
	while ((day = log_day_oldest(log, day + 1)) >= 0) {
		struct decided_ahead *ahead = &decided->ahead[decided->ahead_n++];
		if (decided->ahead_n == DECIDED_AHEAD || log_day_size(log, (uint16_t)day, &ahead->offset) < 0)
			return errno = decided->ahead_n == DECIDED_AHEAD ? EOVERFLOW : errno, -1;
		ahead->day = (uint16_t)day;
		uint64_t covered = decided_file_end(&had, ahead->day);
		ahead->offset = covered < ahead->offset ? covered : ahead->offset;
	}
	return day == LOG_DAY_FAILED ? -1 : 0;
}

int decided_begin(const struct log *log, const struct generation *generation, uint64_t remember, time_t now)
{
	char folder[PATH_MAX];
	struct decided decided;
	int found = decided_file_read(&decided, log, log->node);
	if (found < 0 || (found && !is_ahead(&decided, now)))
		return found < 0 ? -1 : 0;
	if (found)
		return set_back(&decided, log, now) < 0 ? -1 : decided_file_write(&decided, log, false);
	log_folder(log, folder);
	if (folder_make(folder) < 0 || begin_anew(&decided, log, generation->number, remember, now) < 0 ||
		decided_file_write(&decided, log, true) < 0)
		return -1;
	struct decided there; /* another process may have made it, or it is damaged */
	found = decided_file_read(&there, log, log->node);
	if (found < 0 || (!found && decided_file_write(&decided, log, false) < 0))
		return -1;
	return log->durable ? folder_sync(folder) : 0;
}

bool decided_is_due(const struct log *log, time_t *looked, time_t now)
{
	char path[PATH_MAX];
	struct stat status;
	if (now >= *looked && now - *looked < DUE_SECONDS)
		return false;
	*looked = now;
	decided_file_path(log, log->node, path);
	return stat(path, &status) == 0 && (status.st_mtime > now || now - status.st_mtime >= DUE_SECONDS);
}

/* --- deciding ------------------------------------------------------------------------------------------------------ */

enum { LINES_LEFT = 1, LINE_FAILED = 2 };

/* A walk through lines that are to be decided. */
struct deciding {
	struct decided *decided;
	struct log *log;
	const struct secret *secret;
	uint64_t remember;
	time_t now;
	int64_t end;
	struct generation generation;
	bool claimed[CLAIM_FOLDERS]; /* in which a line's claim is that was found or put */
	struct arena arena;
	uint64_t *offset; /* of the day that is walked through */
	bool voided;
};

static bool was_decided(const struct decided *decided, struct place place)
{
	return place.day != decided->known_day ? place.day < decided->known_day : place.offset < decided->known_offset;
}

/*
 * Decides one line; one without a key, or that is not a record, is decided by itself. Of a void one, what a power cut has left is removed,
 * and all of it has still to be flushed, since whoever made it void flushed only its mark.
 */
static enum undecided_settled settle_line(struct deciding *deciding, struct place place, struct span line)
{
	struct record_start start;
	struct undecided undecided = {.log = deciding->log,
		.secret = deciding->secret,
		.place = place,
		.line = line,
		.known = was_decided(deciding->decided, place),
		.generation = &deciding->generation};
	if (log_line_is_void(line))
		return log_line_is_whole_void(line) || log_line_finish_void(deciding->log, place) == 0 ? UNDECIDED_VOID : UNDECIDED_FAILED;
	if (record_erased(line) || !record_start_read(line, deciding->log->form, &start) || start.id.length != ID_LENGTH ||
		!key_read(start.key, &undecided.key))
		return UNDECIDED_LIVES;
	undecided.id = start.id;
	undecided.received = start.received;
	undecided.key.seconds = deciding->remember;
	generation_hold(deciding->log, deciding->generation.number);
	enum undecided_settled settled = undecided_settle(&undecided, deciding->now, &deciding->arena);
	deciding->claimed[claim_folder(&undecided.key)] |= undecided.claimed;
	return settled;
}

static int take_undecided(void *context, struct place place, struct span line)
{
	struct deciding *deciding = context;
	enum undecided_settled settled = settle_line(deciding, place, line);
	arena_reset(&deciding->arena);
	if (settled == UNDECIDED_FAILED || settled == UNDECIDED_LATER)
		return settled == UNDECIDED_FAILED ? LINE_FAILED : LINES_LEFT;
	deciding->voided |= settled == UNDECIDED_VOID;
	if (line.length || *line.bytes == '\n') /* else it stands for one that is too long */
		*deciding->offset = place.offset + line.length + 1;
	return date_uptime() > deciding->end ? LINES_LEFT : 0;
}

/* Decides the lines of a day from an offset on, and moves it. Gives 1 if some are left, -1 on failure. */
static int advance_day(struct deciding *deciding, uint16_t day, uint64_t *offset)
{
	uint64_t size;
	if (log_day_size(deciding->log, day, &size) < 0)
		return -1;
	if (size < *offset) /* another file has that name now, or none */
		*offset = 0;
	if (size == *offset)
		return 0;
	deciding->offset = offset;
	int ended = log_day_each(deciding->log, (struct place){.day = day, .offset = *offset}, take_undecided, deciding);
	return ended == LINES_LEFT ? 1 : ended ? -1 : 0;
}

/* Decides the lines of the day where it stands and of the day before, and goes on to the next day, up to that of now. */
static int advance_days(struct deciding *deciding)
{
	struct decided *decided = deciding->decided;
	for (;;) {
		int ended = advance_day(deciding, (uint16_t)(decided->day - 1), &decided->before);
		if (!ended)
			ended = advance_day(deciding, decided->day, &decided->now);
		if (ended || decided->day >= date_day(deciding->now))
			return ended;
		decided->day++;
		decided->before = decided->now;
		decided->now = 0;
		if (decided->ahead_n && decided->ahead[0].day == decided->day) {
			decided->now = decided->ahead[0].offset;
			memmove(decided->ahead, decided->ahead + 1, --decided->ahead_n * sizeof *decided->ahead);
		}
	}
}

/* Decides the lines of the days to come that a clock has left which was ahead. */
static int advance_ahead(struct deciding *deciding)
{
	struct decided *decided = deciding->decided;
	int ended = 0;
	for (size_t i = 0; !ended && i < decided->ahead_n; i++)
		ended = advance_day(deciding, decided->ahead[i].day, &decided->ahead[i].offset);
	return ended;
}

/* Flushes what was made void: else a power cut could bring it back when the file says that it is decided. */
static int flush_void(const struct deciding *deciding, uint16_t from)
{
	if (!deciding->voided || !deciding->log->durable)
		return 0;
	for (size_t i = 0; i < deciding->decided->ahead_n; i++)
		if (log_day_flush(deciding->log, deciding->decided->ahead[i].day) < 0)
			return -1;
	for (unsigned day = from ? from - 1u : 0; day <= deciding->decided->day; day++)
		if (log_day_flush(deciding->log, (uint16_t)day) < 0)
			return -1;
	return 0;
}

/*
 * Makes the names of the claims durable that lines have in a generation. Gives 1 if another one is the newest by now: then they don't count.
 * The seal is looked for after all of them, and before their folders, as a post does (keyed_claims.c). -1 and errno on failure.
 */
static int sync_claims(const struct deciding *deciding, uint64_t generation)
{
	int sealed = deciding->generation.number != generation ? 1 : generation_sealed(deciding->log, generation);
	for (unsigned i = 0; i < CLAIM_FOLDERS && !sealed; i++)
		if (deciding->claimed[i] && claim_sync(deciding->log, generation, i) < 0)
			sealed = errno == ENOENT ? 1 : -1;
	return sealed;
}

/*
 * Makes what was decided durable: voids, and, by the data of the file that says how far it is, the claims that were put before, since
 * GlusterFS keeps a name for sure only with data that were flushed after it. No task may be done for a line before that, so on failure
 * nothing counts as decided that did not before; nor if a generation was begun meanwhile, which gives 1. A worker that has slept while another
 * one did its work leaves the file as it is now.
 */
static int keep_decided(const struct deciding *deciding, const struct decided *was, uint64_t generation)
{
	struct decided *decided = deciding->decided, there;
	int newer = sync_claims(deciding, generation);
	if (newer == 0 && flush_void(deciding, was->day < decided->day ? was->day : decided->day) == 0) {
		int found = decided_file_read(&there, deciding->log, deciding->log->node);
		if (found > 0 && !decided_file_is_same(&there, was))
			errno = ESTALE;
		else if (found > 0 && decided_file_write(decided, deciding->log, false) == 0)
			return 0;
	}
	*decided = *was;
	return newer > 0 ? 1 : -1;
}

/* Sets how far it would be if all lines were decided that are there now. */
static int cover_all(struct decided *decided, const struct log *log, time_t now)
{
	int newest = log_day_newest(log);
	int64_t today = date_day(now);
	if (newest == LOG_DAY_FAILED)
		return -1;
	*decided = (struct decided){.day = (uint16_t)(newest > today ? newest : today)};
	return log_day_size(log, (uint16_t)(decided->day - 1), &decided->before) < 0 || log_day_size(log, decided->day, &decided->now) < 0
		? -1
		: 0;
}

/*
 * Reads how far the node is, and makes the file anew if it is lost, or claims are. Gives 0 if no key was ever claimed: then all lines are
 * decided.
 */
static int find_or_begin(struct deciding *deciding)
{
	struct decided *decided = deciding->decided, all;
	const struct log *log = deciding->log;
	struct generation *generation = &deciding->generation;
	uint64_t oldest, newest;
	int found = decided_file_read(decided, log, log->node);
	if (found < 0)
		return -1;
	if (!found) {
		if (cover_all(&all, log, deciding->now) < 0 || generation_range(log, &oldest, &newest) < 0)
			return -1;
		if (!newest) {
			*decided = all; /* the file comes before the first line with a key */
			return 0;
		}
	}
	if (generation_renew(generation, log, deciding->now) < 0)
		return -1;
	if (!found || is_ahead(decided, deciding->now)) {
		if (decided_begin(log, generation, deciding->remember, deciding->now) < 0)
			return -1;
		found = decided_file_read(decided, log, log->node);
	}
	return found;
}

int decided_advance(struct decided *decided, struct log *log, const struct secret *secret, uint64_t remember, time_t now, int64_t budget)
{
	struct deciding deciding = {
		.decided = decided, .log = log, .secret = secret, .remember = remember, .now = now, .end = date_uptime() + budget};
	int found = find_or_begin(&deciding), ended = -1;
	if (found == 0)
		return 0;
	struct decided was = *decided;
	uint64_t newest = deciding.generation.number, first = deciding.generation.first;
	if (found > 0 &&
		((decided->generation <= newest && decided->generation >= first) || begin_anew(decided, log, newest, remember, now) == 0)) {
		ended = advance_days(&deciding);
		ended = ended ? ended : advance_ahead(&deciding);
		if (ended == 0) /* else the line that is left may be older */
			decided->generation = newest;
	}
	arena_free(&deciding.arena);
	int kept = found < 0 || decided_file_is_same(&was, decided) ? 0 : keep_decided(&deciding, &was, newest);
	if (kept < 0 || ended < 0) {
		diag_system("the form \"%s\": its lines can't be decided", log->form);
		return -1;
	}
	return kept ? LINES_LEFT : ended;
}

/*
 * DATA/FORM/decided.NODE is one line, "DAY BEFORE NOW GENERATION DAY OFFSET". It is made before the first line with a key is written. If it is
 * lost, or the claims are, the file is made anew as if at that moment, and the worker goes through the lines for which keys are
 * remembered once more: it puts a claim for each, and makes none void, since each may have been answered.
 *
 * Lines are decided before the file says so, and what was made void is flushed. After a crash some are decided again, with the same
 * result.
 */
#include "keep/decided.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "keep/steady.h"
#include "keep/undecided.h"

enum { LINE_MOST = 128, DUE_SECONDS = 60 };

static void decided_path(const struct log *log, const char *node, char path[PATH_MAX])
{
	log_folder(log, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/" DECIDED_PREFIX "%s", node);
}

int decided_read(struct decided *decided, const struct log *log, const char *node)
{
	char path[PATH_MAX], end;
	struct arena arena = {0};
	struct span content;
	decided_path(log, node, path);
	*decided = (struct decided){0};
	int found = file_read(path, LINE_MOST, &arena, &content) == 0 ? 1 : errno == ENOENT || errno == EFBIG ? 0 : -1;
	if (found > 0 &&
		(sscanf(content.bytes, "%" SCNu16 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu16 " %" SCNu64 "%c", &decided->day,
			 &decided->before, &decided->now, &decided->generation, &decided->known_day, &decided->known_offset, &end) != 7 ||
			end != '\n'))
		found = 0;
	int reason = errno;
	arena_free(&arena);
	errno = reason;
	return found;
}

static int write_decided(const struct decided *decided, const struct log *log, bool new)
{
	char path[PATH_MAX], line[LINE_MOST];
	decided_path(log, log->node, path);
	int n = snprintf(line, sizeof line, "%u %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %" PRIu64 "\n", decided->day, decided->before,
		decided->now, decided->generation, decided->known_day, decided->known_offset);
	return file_put(path, line, (size_t)n, log->durable, new);
}

/* Begins anew: with the lines of the time for which keys are remembered, which count as decided once. */
static int begin_anew(struct decided *decided, const struct log *log, uint64_t remember, time_t now)
{
	int newest = log_day_newest(log);
	uint16_t today = (uint16_t)date_day(now);
	if (newest == LOG_DAY_FAILED)
		return -1;
	struct decided fresh = {.day = (uint16_t)(date_day(steady_ago(log->data, log->node, remember, now)) + 1)};
	fresh.known_day = newest > today ? (uint16_t)newest : today;
	if (log_day_size(log, fresh.known_day, &fresh.known_offset) < 0)
		return -1;
	*decided = fresh;
	return 0;
}

int decided_begin(const struct log *log, uint64_t remember, time_t now)
{
	char folder[PATH_MAX];
	struct decided decided;
	int found = decided_read(&decided, log, log->node);
	if (found)
		return found < 0 ? -1 : 0;
	log_folder(log, folder);
	if (folder_make(folder) < 0 || begin_anew(&decided, log, remember, now) < 0)
		return -1;
	if (write_decided(&decided, log, true) < 0 && errno != EEXIST)
		return -1;
	return log->durable ? folder_sync(folder) : 0;
}

bool decided_covers(const struct decided *decided, uint16_t day, uint64_t offset)
{
	return day == decided->day ? offset < decided->now : day + 1 == decided->day ? offset < decided->before : day < decided->day;
}

bool decided_is_due(const struct log *log, time_t *looked, time_t now)
{
	char path[PATH_MAX];
	struct stat status;
	if (now >= *looked && now - *looked < DUE_SECONDS)
		return false;
	*looked = now;
	decided_path(log, log->node, path);
	return stat(path, &status) == 0 && (status.st_mtime > now || now - status.st_mtime >= DUE_SECONDS);
}

/* --- deciding ------------------------------------------------------------------------------------------------------ */

enum { LINES_LEFT = 1, LINE_FAILED = 2 };

/* A walk through lines that are to be decided. */
struct deciding {
	struct decided *decided;
	const struct log *log;
	const struct secret *secret;
	uint64_t remember;
	time_t now;
	int64_t end;
	struct generation generation;
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
	return undecided_settle(&undecided, deciding->now, &deciding->arena);
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
	}
}

/* Flushes what was made void: else a power cut could bring it back when the file says that it is decided. */
static int flush_void(const struct deciding *deciding, uint16_t from)
{
	if (!deciding->voided || !deciding->log->durable)
		return 0;
	for (unsigned day = from ? from - 1u : 0; day <= deciding->decided->day; day++)
		if (log_day_flush(deciding->log, (uint16_t)day) < 0)
			return -1;
	return 0;
}

/*
 * Makes what was decided durable: voids, and, by the data of the file that says how far it is, the claims that were put before, since
 * GlusterFS keeps a name for sure only with data that were flushed after it. No task may be done for a line before that, so on failure
 * nothing counts as decided that did not before.
 */
static int keep_decided(const struct deciding *deciding, const struct decided *was)
{
	struct decided *decided = deciding->decided;
	if (flush_void(deciding, was->day < decided->day ? was->day : decided->day) == 0 &&
		write_decided(decided, deciding->log, false) == 0)
		return 0;
	*decided = *was;
	return -1;
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

/* Reads how far the node is, and makes the file anew if it is lost. Gives 0 if no key was ever claimed: then all lines are decided. */
static int find_or_begin(struct decided *decided, const struct log *log, uint64_t remember, time_t now)
{
	uint64_t oldest, newest;
	struct decided all;
	int found = decided_read(decided, log, log->node);
	if (found)
		return found;
	if (cover_all(&all, log, now) < 0 || generation_range(log, &oldest, &newest) < 0 ||
		(newest && decided_begin(log, remember, now) < 0))
		return -1;
	found = decided_read(decided, log, log->node); /* the file comes before the first line with a key */
	if (!found)
		*decided = all;
	return found;
}

int decided_advance(
	struct decided *decided, const struct log *log, const struct secret *secret, uint64_t remember, time_t now, int64_t budget)
{
	struct deciding deciding = {
		.decided = decided, .log = log, .secret = secret, .remember = remember, .now = now, .end = date_uptime() + budget};
	int found = find_or_begin(decided, log, remember, now), ended = -1;
	if (found == 0)
		return 0;
	struct decided was = *decided;
	if (found > 0 && generation_renew(&deciding.generation, log, now) == 0 &&
		(decided->generation <= deciding.generation.number || begin_anew(decided, log, remember, now) == 0)) {
		uint64_t newest = deciding.generation.number;
		ended = advance_days(&deciding);
		if (ended == 0) /* else the line that is left may be older */
			decided->generation = newest;
	}
	arena_free(&deciding.arena);
	if (found < 0 || (memcmp(&was, decided, sizeof was) != 0 && keep_decided(&deciding, &was) < 0) || ended < 0) {
		diag_system("the form \"%s\": its lines can't be decided", log->form);
		return -1;
	}
	return ended;
}

/* --- what others need ---------------------------------------------------------------------------------------------- */

/* Tells whether a node's files have bytes behind what is decided: 1 or 0, or -1 and errno. */
static int is_undecided_behind(const struct log *log, const char *node, const struct decided *decided)
{
	char path[PATH_MAX], other[CONFIG_NAME_MAX + 1];
	struct stat status;
	uint16_t day;
	int more = 0;
	log_folder(log, path);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && !more && (entry = readdir(folder));) {
		if (!log_day_named(entry->d_name, &day, other) || strcmp(other, node) != 0)
			continue;
		log_path(log, day, node, path);
		more = stat(path, &status) == 0 && status.st_size > 0 && !decided_covers(decided, day, (uint64_t)status.st_size - 1);
	}
	if (!folder)
		return -1;
	closedir(folder);
	return more;
}

int decided_needs(const struct log *log, uint64_t *generation)
{
	char path[PATH_MAX];
	struct decided decided;
	int failed = 0;
	*generation = UINT64_MAX;
	log_folder(log, path);
	DIR *folder = opendir(path);
	if (!folder)
		return -1;
	for (struct dirent *entry; !failed && (entry = readdir(folder));) {
		const char *node = entry->d_name + sizeof DECIDED_PREFIX - 1;
		if (strncmp(entry->d_name, DECIDED_PREFIX, sizeof DECIDED_PREFIX - 1) != 0 || strstr(node, ".new"))
			continue;
		int found = decided_read(&decided, log, node), more = found > 0 ? is_undecided_behind(log, node, &decided) : found;
		failed = more < 0 ? -1 : 0;
		if (more > 0 && decided.generation < *generation)
			*generation = decided.generation;
	}
	closedir(folder);
	return failed;
}

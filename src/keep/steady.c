/*
 * DATA/clock (clock.NODE on a named node) is one JSON object, rewritten by each worker and by the first post of a day. It is derived:
 * if it is lost, waiting begins anew.
 *
 *   what a look finds                                       what follows
 *   the clock went as far as the time since boot            nothing
 *   another boot, and a clock that is not behind            nothing: how long the machine was off can't be told
 *   a clock that is more than TOLERANCE off                 a leap: until STEADY_WAIT seconds of steady time have passed, the
 *                                                           time without the leap counts if it is earlier
 *   the same leap, or up to a day more, STEADY_WAIT later   the new time counts, unless it is before EARLIEST
 *   no leap any more                                        it counts for nothing
 *
 * A leap ahead also tells that the days before it, in the boot of the last look, were written by a clock that was behind, such as that
 * of a board without a battery before it knows the time: their logs are as much younger than their names. A clock that was set back and
 * then goes on ahead tells so at once.
 */
#include "keep/steady.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/boot.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"

enum { TOLERANCE = 60 * 60, DAY_SECONDS = 24 * 60 * 60, CONTENT_MAX = 4096 };

/* 2026-01-01: no clock that ran this program was right before that. */
#define EARLIEST INT64_C(1767225600)

/* A lower bound of the seconds that have passed since the last look. */
static int64_t elapsed_since(const struct steady *steady, const char *boot, int64_t uptime)
{
	bool same = *boot && *steady->boot ? strcmp(boot, steady->boot) == 0 : uptime >= steady->uptime;
	return same && uptime >= steady->uptime ? uptime - steady->uptime : same ? 0 : uptime;
}

static bool is_same_boot(const struct steady *steady, const char *boot, int64_t uptime)
{
	return uptime >= steady->uptime && (!*boot || !*steady->boot || strcmp(boot, steady->boot) == 0);
}

/*
 * Gives by how much the clock is off. A machine that was off for some time is not, unless the last look shows a time that this program
 * can't have seen: then the clock was behind.
 */
static int64_t leap_of(const struct steady *steady, const char *boot, int64_t uptime, int64_t now)
{
	int64_t off = now - steady->time - elapsed_since(steady, boot, uptime);
	if (off > 0 && !steady->leap && !is_same_boot(steady, boot, uptime) && steady->time >= EARLIEST)
		return 0;
	return off > TOLERANCE || off < -TOLERANCE ? off : 0;
}

static void widen(struct steady_early *had, struct steady_early early)
{
	had->from = early.from < had->from ? early.from : had->from;
	had->to = early.to > had->to ? early.to : had->to;
	had->by = early.by > had->by ? early.by : had->by;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/*
 * Keeps that days were written by a clock that was behind. A board that begins each boot in 1970 widens one entry; if there is no room,
 * so does what was behind by about as much, lest days that were right are taken for as young as those of 1970.
 */
static void add_early(struct steady *steady, struct steady_early early)
{
	struct steady_early *nearest = &steady->early[0];
	if (early.by < DAY_SECONDS)
		return;
	for (size_t i = 0; i < steady->early_n; i++) {
		struct steady_early *had = &steady->early[i];
		if (early.from <= had->to + 1 && early.to + 1 >= had->from) {
			widen(had, early);
			return;
		}
		if (distance(had->by, early.by) < distance(nearest->by, early.by))
			nearest = had;
	}
	if (steady->early_n < STEADY_EARLY)
		steady->early[steady->early_n++] = early;
	else
		widen(nearest, early);
}

/* Gives the days that the clock may have named since the boot of the last look, as behind by so many seconds. */
static struct steady_early days_named(const struct steady *steady, const char *boot, int64_t uptime, int64_t by)
{
	int64_t shown = steady->time + steady->leap, begun = shown - steady->uptime;
	int64_t end = is_same_boot(steady, boot, uptime) ? shown + elapsed_since(steady, boot, uptime) : shown;
	return (struct steady_early){date_day(begun > 0 ? begun : 0), date_day(end > 0 ? end : 0), by};
}

enum steady_event steady_advance(struct steady *steady, const char *boot, int64_t uptime, int64_t now)
{
	int64_t leap = leap_of(steady, boot, uptime, now), elapsed = elapsed_since(steady, boot, uptime), had = steady->leap;
	int64_t expected = steady->time + elapsed;
	enum steady_event event = STEADY_EVEN;
	struct steady_early named = days_named(steady, boot, uptime, leap - had);
	steady->seconds += elapsed;
	if (had < 0 && distance(leap, had) > TOLERANCE) /* it was behind, and has been set since */
		add_early(steady, (struct steady_early){named.from, named.to, -had});
	if (leap && (!had || leap < had - TOLERANCE || leap >= had + DAY_SECONDS)) {
		steady->leap = leap;
		steady->since = steady->seconds;
		steady->leapt = named;
		event = STEADY_LEAPT;
	} else if (!leap && had) {
		steady->leap = 0;
		steady->since = steady->seconds;
		event = STEADY_BACK;
	} else if (leap) {
		steady->leapt.by += leap - had;
		steady->leap = leap;
	}
	if (leap && event == STEADY_EVEN && now >= EARLIEST && steady->seconds - steady->since >= STEADY_WAIT) {
		add_early(steady, steady->leapt);
		steady->leap = 0;
		event = STEADY_ACCEPTED;
	}
	steady->time = steady->leap ? expected : now;
	steady->uptime = uptime;
	snprintf(steady->boot, sizeof steady->boot, "%s", boot);
	return event;
}

int64_t steady_time(const struct steady *steady, int64_t now)
{
	return steady->leap > 0 ? steady->time : now;
}

int64_t steady_early_by(const struct steady *steady, int64_t day)
{
	int64_t by = 0;
	for (size_t i = 0; i < steady->early_n; i++)
		if (day >= steady->early[i].from && day <= steady->early[i].to && steady->early[i].by > by)
			by = steady->early[i].by;
	return by;
}

/* --- the file ------------------------------------------------------------------------------------------------------ */

static void path_of_clock(const char *data, const char *node, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/clock%s%s", data, *node ? "." : "", node);
}

static int64_t integer_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static struct steady_early early_of(const json_t *object)
{
	return (struct steady_early){integer_of(object, "from"), integer_of(object, "to"), integer_of(object, "by")};
}

/* Reads what the last look has kept: 0; 1 if there is nothing of use; -1 and errno on failure. */
static int read_clock(const char *path, struct steady *steady)
{
	struct arena arena = {0};
	struct span content = {0};
	json_error_t error;
	int failed = file_read(path, CONTENT_MAX, &arena, &content);
	if (failed && errno != ENOENT && errno != ENOTDIR && errno != EFBIG) {
		arena_free(&arena);
		return -1;
	}
	json_t *kept = failed ? NULL : json_loadb(content.bytes, content.length, 0, &error);
	const char *boot = json_string_value(json_object_get(kept, "boot"));
	const json_t *one;
	size_t i;
	*steady = (struct steady){.uptime = integer_of(kept, "uptime"),
		.time = integer_of(kept, "time"),
		.seconds = integer_of(kept, "steady"),
		.leap = integer_of(kept, "leap"),
		.since = integer_of(kept, "since"),
		.leapt = early_of(json_object_get(kept, "leapt"))};
	snprintf(steady->boot, sizeof steady->boot, "%s", boot ? boot : "");
	json_array_foreach(json_object_get(kept, "early"), i, one)
		add_early(steady, early_of(one));
	bool whole = boot && steady->time > 0 && steady->uptime >= 0 && steady->seconds >= 0;
	json_decref(kept);
	arena_free(&arena);
	return whole ? 0 : 1;
}

static json_t *early_object(const struct steady_early *early)
{
	return json_made(
		json_pack("{sI sI sI}", "from", (json_int_t)early->from, "to", (json_int_t)early->to, "by", (json_int_t)early->by));
}

static int write_clock(const char *path, const struct steady *steady, bool durable)
{
	struct arena arena = {0};
	struct text text = {.arena = &arena};
	json_t *early = json_made(json_array());
	for (size_t i = 0; i < steady->early_n; i++)
		if (json_array_append_new(early, early_object(&steady->early[i])) < 0)
			diag_die("out of memory");
	json_t *kept = json_made(json_pack("{ss sI sI sI sI sI so so}", "boot", steady->boot, "uptime", (json_int_t)steady->uptime, "time",
		(json_int_t)steady->time, "steady", (json_int_t)steady->seconds, "leap", (json_int_t)steady->leap, "since",
		(json_int_t)steady->since, "leapt", early_object(&steady->leapt), "early", early));
	json_write(&text, kept, JSON_COMPACT);
	json_decref(kept);
	text_put(&text, "\n");
	int failed = file_put(path, text.bytes, text.length, durable, false);
	arena_free(&arena);
	return failed;
}

/* --- the clocks ---------------------------------------------------------------------------------------------------- */

/* Writes which boot this is in hexadecimal, "" if the system doesn't tell. */
static void boot_write(char boot[STEADY_BOOT])
{
	unsigned char mark[BOOT_MARK];
	boot[0] = '\0';
	if (boot_mark(mark, "", "clock") == 0)
		for (size_t i = 0; i < sizeof mark && 2 * i + 2 < STEADY_BOOT; i++)
			snprintf(boot + 2 * i, 3, "%02x", mark[i]);
}

static void say_event(enum steady_event event, const struct steady *steady, int64_t had)
{
	switch (event) {
	case STEADY_EVEN: break;
	case STEADY_LEAPT:
		diag_error(
			"the clock has leapt by %lld seconds: until it has run on for a day, nothing is erased or expires because of that",
			(long long)steady->leap);
		break;
	case STEADY_BACK: diag_note("the clock is back from its leap by %lld seconds", (long long)had); break;
	case STEADY_ACCEPTED:
		diag_note("the clock has run on for a day since its leap by %lld seconds: it counts from now on", (long long)had);
		break;
	}
}

int steady_look(const char *data, const char *node, time_t now, bool durable, struct steady *steady)
{
	char path[PATH_MAX], boot[STEADY_BOOT];
	int64_t uptime = date_since_boot(), had = 0;
	enum steady_event event = STEADY_EVEN;
	path_of_clock(data, node, path);
	boot_write(boot);
	int missing = read_clock(path, steady);
	if (missing) {
		*steady = (struct steady){.uptime = uptime, .time = now};
		strcpy(steady->boot, boot);
	} else {
		had = steady->leap;
		event = steady_advance(steady, boot, uptime, now);
	}
	if (missing < 0 || write_clock(path, steady, durable) < 0)
		return -1;
	say_event(event, steady, had);
	return 0;
}

/* Gives the time of day that counts: by what the last look has kept, moved on as the next look will do. */
static int64_t time_by(const char *data, const char *node, time_t now, struct steady *steady)
{
	char path[PATH_MAX], boot[STEADY_BOOT];
	path_of_clock(data, node, path);
	if (read_clock(path, steady) != 0) {
		*steady = (struct steady){0};
		return now;
	}
	boot_write(boot);
	steady_advance(steady, boot, date_since_boot(), now);
	return steady_time(steady, now);
}

time_t steady_now(const char *data, const char *node, time_t now)
{
	struct steady steady;
	return (time_t)time_by(data, node, now, &steady);
}

time_t steady_ago(const char *data, const char *node, uint64_t seconds, time_t now)
{
	struct steady steady;
	int64_t counts = time_by(data, node, now, &steady);
	int64_t then = counts > 0 && (uint64_t)counts > seconds ? counts - (int64_t)seconds : 0, first = then;
	for (size_t i = 0; i < steady.early_n; i++) {
		const struct steady_early *early = &steady.early[i];
		if ((early->to + 1) * DAY_SECONDS + early->by > then && early->from * DAY_SECONDS < first)
			first = early->from * DAY_SECONDS;
	}
	return (time_t)first;
}

bool steady_has_passed(const char *data, const char *node, time_t since, uint64_t seconds, time_t now)
{
	struct steady steady;
	int64_t end = (int64_t)since + (int64_t)seconds;
	if (end > now)
		return false; /* almost always: the file need not be read */
	int64_t counts = time_by(data, node, now, &steady);
	return end + steady_early_by(&steady, date_day(since)) <= counts;
}

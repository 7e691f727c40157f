/*
 * Steady time: the seconds that have passed for sure, which no change of the clock can add to. The age of what is kept is judged by
 * it: a clock that leaps ahead must not destroy anything.
 */
#ifndef STEADY_H
#define STEADY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { STEADY_BOOT = 33, STEADY_EARLY = 8 };

/* Seconds for which a clock has to run on evenly after a leap before its time counts. A little less than a day, so that a daily cron job suffices. */
#define STEADY_WAIT INT64_C(86100)

/* Days whose logs were written by a clock that was behind, and by how many seconds. */
struct steady_early {
	int64_t from, to, by;
};

/* What DATA/clock (clock.NODE) holds: the two clocks as they were at the last look. */
struct steady {
	char boot[STEADY_BOOT];    /* which boot it was, or "" if the system doesn't tell */
	int64_t uptime;            /* seconds since that boot */
	int64_t time;              /* the time of day; after a leap: what it would be without */
	int64_t seconds;           /* of steady time */
	int64_t leap;              /* seconds by which the clock has leapt, as long as that does not count yet; else 0 */
	int64_t since;             /* steady time of the last leap */
	struct steady_early leapt; /* the days written before that leap, in this boot */
	struct steady_early early[STEADY_EARLY];
	size_t early_n;
};

enum steady_event { STEADY_EVEN, STEADY_LEAPT, STEADY_BACK, STEADY_ACCEPTED };

/* Moves on to the clocks of now and tells what happened since the last look. The boot is borrowed. */
enum steady_event steady_advance(struct steady *, const char *boot, int64_t uptime, int64_t now);

/* Gives the time of day that counts once steady_advance has moved on to now: now, or while a leap ahead waits the time without it. */
int64_t steady_time(const struct steady *, int64_t now);

/* Gives the seconds by which a day's log may be younger than its name tells. */
int64_t steady_early_by(const struct steady *, int64_t day);

/* Looks at the clocks and keeps what it sees in the data folder: 0, or -1 and errno. Logs a leap. */
int steady_look(const char *data, const char *node, time_t now, bool durable, struct steady *);

/* Gives the time of day that counts, by what the last look has kept. */
time_t steady_now(const char *data, const char *node, time_t now);

/* Gives the earliest time that the clock may have shown in the last so many seconds, counting no leap ahead: it may have been behind. */
time_t steady_ago(const char *data, const char *node, uint64_t seconds, time_t now);

/* Tells whether so many seconds have passed at now since a moment that the clock gave, counting no leap ahead in between. */
bool steady_has_passed(const char *data, const char *node, time_t since, uint64_t seconds, time_t now);

#endif

/*
 * The calendar is computed here: gmtime, timegm and strftime first read the file of the local time zone, which takes seven system
 * calls, more than everything else that a CGI process does with dates. Names of days and months do not depend on the locale.
 */
#define _XOPEN_SOURCE 700 /* strptime */
#include "base/date.h"

#include <string.h>

static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

enum { DAY_SECONDS = 24 * 60 * 60, ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH = 719468 /* days from 0000-03-01 to 1970-01-01 */ };

/* A moment in UTC, by the Gregorian calendar. */
struct civil {
	unsigned year, month, day, weekday, hour, minute, second;
};

int64_t date_uptime(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * DATE_SECOND + now.tv_nsec / 1000;
}

int64_t date_since_boot(void)
{
	struct timespec now;
#ifdef CLOCK_BOOTTIME
	if (clock_gettime(CLOCK_BOOTTIME, &now) == 0)
		return now.tv_sec;
#endif
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

int64_t date_day(time_t moment)
{
	return moment / DAY_SECONDS;
}

/* Years are counted from 1 March, so that a leap day comes last; months then have 153 days in five. */
static struct civil civil_of(time_t moment)
{
	const int64_t last = INT64_C(253402300799); /* of the year 9999 */
	int64_t now = moment < 0 ? 0 : moment > last ? last : moment;
	unsigned second = (unsigned)(now % DAY_SECONDS), shifted = (unsigned)(now / DAY_SECONDS) + EPOCH;
	unsigned era = shifted / ERA_DAYS, in_era = shifted % ERA_DAYS;
	unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
	return (struct civil){
		.year = era * ERA_YEARS + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - (153 * month + 2) / 5 + 1,
		.weekday = (unsigned)(now / DAY_SECONDS + 4) % 7,
		.hour = second / 3600,
		.minute = second / 60 % 60,
		.second = second % 60,
	};
}

/* The inverse of civil_of, for years from 1 on; fields out of range carry over into the next. */
static time_t moment_of(const struct tm *tm)
{
	int64_t month = tm->tm_mon < 2 ? tm->tm_mon + 10 : tm->tm_mon - 2, year = tm->tm_year + 1900 - (tm->tm_mon < 2);
	int64_t day = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + tm->tm_mday - 1 - EPOCH;
	return (time_t)(day * DAY_SECONDS + tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec);
}

static void put_two(char out[2], unsigned n)
{
	out[0] = (char)('0' + n / 10 % 10);
	out[1] = (char)('0' + n % 10);
}

static void put_year(char out[4], const struct civil *at)
{
	put_two(out, at->year / 100);
	put_two(out + 2, at->year);
}

/* Each date is written into its shape: snprintf would take ten times as long. */
static void put_day(char *out, const struct civil *at)
{
	put_year(out, at);
	put_two(out + 5, at->month);
	put_two(out + 8, at->day);
}

static void put_time(char *out, const struct civil *at)
{
	put_two(out, at->hour);
	put_two(out + 3, at->minute);
	put_two(out + 6, at->second);
}

void date_day_write(char out[DATE_DAY], int64_t n)
{
	struct civil at = civil_of((time_t)n * DAY_SECONDS);
	memcpy(out, "yyyy-mm-dd", DATE_DAY);
	put_day(out, &at);
}

static int two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Returns true if the text has a digit for each d of the shape, and is equal to it otherwise. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; shape++, text++)
		if (*shape == 'd' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	return !*text;
}

bool date_day_valid(const char *text)
{
	if (!has_shape(text, "dddd-dd-dd"))
		return false;
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = two_digits(text) * 100 + two_digits(text + 2);
	int month = two_digits(text + 5), day = two_digits(text + 8);
	if (year < 1 || month < 1 || month > 12)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day >= 1 && day <= lengths[month - 1] + (month == 2 && leap);
}

bool date_day_read(const char *text, int64_t *n)
{
	if (!date_day_valid(text))
		return false;
	struct tm tm = {.tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900,
		.tm_mon = two_digits(text + 5) - 1,
		.tm_mday = two_digits(text + 8)};
	*n = date_day(moment_of(&tm));
	return true;
}

void date_stamp_write(char out[DATE_STAMP], struct timespec moment)
{
	struct civil at = civil_of(moment.tv_sec);
	unsigned milliseconds = (unsigned)(moment.tv_nsec / 1000000);
	memcpy(out, "yyyy-mm-ddThh:mm:ss.mmmZ", DATE_STAMP);
	put_day(out, &at);
	put_time(out + 11, &at);
	out[20] = (char)('0' + milliseconds / 100 % 10);
	put_two(out + 21, milliseconds);
}

bool date_stamp_read(const char *text, time_t *moment)
{
	struct tm tm = {0};
	if (!has_shape(text, "dddd-dd-ddTdd:dd:dd.dddZ") || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	*moment = moment_of(&tm);
	return true;
}

void date_http_write(char out[DATE_HTTP], time_t moment)
{
	struct civil at = civil_of(moment);
	memcpy(out, "www, dd mmm yyyy hh:mm:ss GMT", DATE_HTTP);
	memcpy(out, days[at.weekday], 3);
	put_two(out + 5, at.day);
	memcpy(out + 8, months[at.month - 1], 3);
	put_year(out + 12, &at);
	put_time(out + 17, &at);
}

bool date_http_read(const char *text, time_t *moment)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
		"%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
		"%a %b %e %H:%M:%S %Y",      /* asctime */
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct tm tm = {0};
		const char *rest = strptime(text, forms[i], &tm);
		if (rest && !*rest && tm.tm_year > -1900) {
			*moment = moment_of(&tm);
			return true;
		}
	}
	return false;
}

/* Dates; see date.h. The names of days and months are written out here: no locale may change them. */
#define _DEFAULT_SOURCE /* timegm: POSIX has no inverse of gmtime until 2024 */
#define _XOPEN_SOURCE 700 /* strptime */
#include "date.h"

#include <stdio.h>
#include <string.h>

static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"};

enum { DAY_SECONDS = 24 * 60 * 60 };

int64_t date_day(time_t moment)
{
	return moment / DAY_SECONDS;
}

static struct tm broken_down(time_t moment)
{
	struct tm tm;
	if (!gmtime_r(&moment, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		tm = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
	return tm;
}

void date_day_write(char out[DATE_DAY], int64_t n)
{
	struct tm tm = broken_down((time_t)n * DAY_SECONDS);
	strftime(out, DATE_DAY, "%Y-%m-%d", &tm);
}

static int two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

bool date_day_valid(const char *text)
{
	static const char shape[] = "dddd-dd-dd";
	if (strlen(text) != sizeof shape - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
			return false;
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = two_digits(text) * 100 + two_digits(text + 2);
	int month = two_digits(text + 5), day = two_digits(text + 8);
	if (year < 1 || month < 1 || month > 12)
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day >= 1 && day <= lengths[month - 1] + (month == 2 && leap);
}

void date_stamp_write(char out[DATE_STAMP], struct timespec moment)
{
	struct tm tm = broken_down(moment.tv_sec);
	size_t n = strftime(out, DATE_STAMP, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, DATE_STAMP - n, ".%03dZ", (int)(moment.tv_nsec / 1000000 % 1000));
}

bool date_stamp_read(const char *text, time_t *moment)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest || *rest != '.')
		return false;
	*moment = timegm(&tm);
	return true;
}

void date_http_write(char out[DATE_HTTP], time_t moment)
{
	struct tm tm = broken_down(moment);
	snprintf(out, DATE_HTTP, "%s, %02u %.3s %04u %02u:%02u:%02u GMT", days[tm.tm_wday % 7], (unsigned)tm.tm_mday % 100,
		months[tm.tm_mon % 12], (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
		(unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
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
		if (rest && !*rest) {
			*moment = timegm(&tm);
			return true;
		}
	}
	return false;
}

void date_readable_write(char out[DATE_READABLE], time_t moment)
{
	struct tm tm = broken_down(moment);
	snprintf(out, DATE_READABLE, "%u %s %u, %02u:%02u UTC", (unsigned)tm.tm_mday % 100, months[tm.tm_mon % 12],
		(unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100);
}

/* Points in time as the log, HTTP and forms write them, always in UTC. */
#ifndef DATE_H
#define DATE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
	DATE_DAY = sizeof "YYYY-MM-DD",
	DATE_STAMP = sizeof "YYYY-MM-DDThh:mm:ss.mmmZ",
	DATE_HTTP = sizeof "Sun, 06 Nov 1994 08:49:37 GMT",
};

/* One second, in the unit of date_uptime. */
#define DATE_SECOND INT64_C(1000000)

/* Returns microseconds since some moment of this boot. Setting the time of day does not change them. */
int64_t date_uptime(void);

/* Returns the seconds since the system was booted, including those in which it was suspended. */
int64_t date_since_boot(void);

/* Returns the number of the day of a moment; 1970-01-01 is 0. */
int64_t date_day(time_t);

/* Writes day number n, from the years 1970 to 9999, as YYYY-MM-DD. */
void date_day_write(char out[DATE_DAY], int64_t n);

/* Returns true if the text is a valid YYYY-MM-DD (HTML, "valid date string"). */
bool date_day_valid(const char *text);

/* Reads what date_day_write writes; returns false for any other text. */
bool date_day_read(const char *text, int64_t *n);

/* Writes a moment as RFC 3339 with milliseconds. */
void date_stamp_write(char out[DATE_STAMP], struct timespec);

/* Reads what date_stamp_write writes, to the second; returns false for any other text. */
bool date_stamp_read(const char *text, time_t *);

/* Writes an IMF-fixdate (RFC 9110 §5.6.7). */
void date_http_write(char out[DATE_HTTP], time_t);

/* Reads an HTTP-date in any of the three forms of RFC 9110 §5.6.7; returns false for any other text. */
bool date_http_read(const char *text, time_t *);

#endif

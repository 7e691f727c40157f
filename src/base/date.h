/* Points in time as the log, HTTP and forms write them; always UTC. */
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

/* What date_uptime counts to a second. */
#define DATE_SECOND INT64_C(1000000)

/* Gives microseconds since some moment of this boot, which only go on, whatever the time of day is set to. */
int64_t date_uptime(void);

/* Gives the number of the day that holds the moment, 1970-01-01 being 0. */
int64_t date_day(time_t);

/* Writes day number n as YYYY-MM-DD; from 1970 to 9999. */
void date_day_write(char out[DATE_DAY], int64_t n);

/* Tells whether the text is a valid YYYY-MM-DD (HTML, "valid date string"). */
bool date_day_valid(const char *text);

/* Reads what date_day_write wrote; false where it is anything else. */
bool date_day_read(const char *text, int64_t *n);

/* Writes a moment as RFC 3339 with milliseconds. */
void date_stamp_write(char out[DATE_STAMP], struct timespec);

/* Reads what date_stamp_write wrote, to the second; false where it is anything else. */
bool date_stamp_read(const char *text, time_t *);

/* Writes an IMF-fixdate (RFC 9110 §5.6.7). */
void date_http_write(char out[DATE_HTTP], time_t);

/* Reads an HTTP-date in any of the three forms of RFC 9110 §5.6.7; false where it is anything else. */
bool date_http_read(const char *text, time_t *);

#endif

/* Values are read strictly: "2MB", "10 M" or "maybe" are refused rather than guessed at. */
#include "base/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/number.h"

bool unit_count_read(const char *text, uint64_t *count)
{
	return number_read(text, INT64_MAX, count);
}

bool unit_size_read(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMG";
	char digits[20];
	size_t n = strlen(text);
	const char *unit = n ? strchr(units, text[n - 1] >= 'a' ? text[n - 1] - 'a' + 'A' : text[n - 1]) : NULL;
	n -= unit != NULL;
	if (n >= sizeof digits)
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (!number_read(digits, INT64_MAX >> shift, bytes))
		return false;
	*bytes <<= shift;
	return true;
}

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, WEEK = 7 * DAY };
enum { DURATION_DAYS = 36525, RATE_DAYS = 366, RATE_COUNT = 1000000 };

/* Units are lower-case: somebody may write a capital M for months. */
bool unit_duration_read(const char *text, uint64_t *seconds)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', MINUTE}, {'h', HOUR}, {'d', DAY}, {'w', WEEK}};
	const uint64_t most = (uint64_t)DURATION_DAYS * DAY;
	char digits[20];
	size_t n = strlen(text);
	if (strcmp(text, "0") == 0) {
		*seconds = 0;
		return true;
	}
	if (!n || n > sizeof digits)
		return false;
	memcpy(digits, text, n - 1);
	digits[n - 1] = '\0';
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text[n - 1] == units[i].letter && number_read(digits, most / units[i].seconds, seconds)) {
			*seconds *= units[i].seconds;
			return true;
		}
	return false;
}

bool unit_rate_read(const char *text, uint64_t *count, uint64_t *seconds)
{
	static const struct {
		const char *word;
		uint64_t seconds;
	} periods[] = {{"second", 1}, {"minute", MINUTE}, {"hour", HOUR}, {"day", DAY}, {"s", 1}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY}};
	char digits[8];
	size_t n = strcspn(text, "/");
	if (!text[n] || n >= sizeof digits)
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (!number_read(digits, RATE_COUNT, count) || *count == 0)
		return false;
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
		if (strcmp(text + n + 1, periods[i].word) == 0) {
			*seconds = periods[i].seconds;
			return true;
		}
	return unit_duration_read(text + n + 1, seconds) && *seconds >= 1 && *seconds <= (uint64_t)RATE_DAYS * DAY;
}

bool unit_decimal_read(const char *text, double *number)
{
	const char *c = text + (*text == '-');
	size_t digits = 0;
	for (; ascii_is_digit(*c); c++)
		digits++;
	if (*c == '.') {
		if (!ascii_is_digit(c[1]))
			return false;
		for (c++; ascii_is_digit(*c); c++)
			digits++;
	}
	if (digits && (*c == 'e' || *c == 'E')) {
		c += 1 + (c[1] == '+' || c[1] == '-');
		if (!ascii_is_digit(*c))
			return false;
		while (ascii_is_digit(*c))
			c++;
	}
	if (!digits || *c)
		return false;
	*number = strtod(text, NULL);
	return isfinite(*number);
}

bool unit_yes_no_read(const char *text, bool *yes)
{
	static const char *const words[][2] = {{"yes", "no"}, {"on", "off"}, {"true", "false"}, {"1", "0"}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (size_t no = 0; no < 2; no++)
			if (strcasecmp(text, words[i][no]) == 0) {
				*yes = no == 0;
				return true;
			}
	return false;
}

size_t unit_distance(const char *a, const char *b)
{
	enum { MOST = 63 };
	size_t row[MOST + 1], a_n = strlen(a), b_n = strlen(b);
	if (a_n > MOST || b_n > MOST)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_n; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			row[j] = change < step ? change : step;
		}
	}
	return row[b_n];
}

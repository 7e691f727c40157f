/* Decimal numbers. */
#include "base/number.h"

#include "base/ascii.h"

bool number_read(const char *digits, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;
	if (!*digits)
		return false;
	for (; *digits; digits++) {
		if (!ascii_is_digit(*digits))
			return false;
		uint64_t digit = (uint64_t)(*digits - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

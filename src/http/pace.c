/* A stretch counts, and not the average: who sends fast at first must not be slow afterwards. */
#include "http/pace.h"

#include "base/date.h"

void pace_begin(struct pace *pace)
{
	if (!pace->begun)
		pace->begun = date_uptime();
}

int64_t pace_left(const struct pace *pace)
{
	if (!pace->seconds)
		return INT64_MAX;
	return pace->begun + (int64_t)pace->seconds * DATE_SECOND - date_uptime();
}

void pace_count(struct pace *pace, size_t n)
{
	pace->came += n;
	if (pace->came < pace->rate * pace->seconds)
		return;
	pace->came = 0;
	pace->begun = date_uptime();
}

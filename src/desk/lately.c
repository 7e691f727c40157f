/* The numbers come from keep/counts. */
#include "desk/lately.h"

#include "base/date.h"
#include "keep/counts.h"

void lately_count(struct lately *lately, const struct visit *visit, const struct form *form, bool all, int64_t budget)
{
	struct counts counts;
	int64_t today = date_day(visit->now);
	*lately = (struct lately){.unread = 0};
	counts_load(&counts, visit->exchange->config, form, all ? 0 : today - LATELY_DAYS + 1, visit->now, budget, visit->exchange->arena);
	for (size_t i = 0; i < counts.n; i++) {
		const struct count *count = &counts.days[i];
		uint64_t wanted = count->kept > count->spam ? count->kept - count->spam : 0;
		int64_t age = today - count->day;
		lately->unread += wanted > count->read ? wanted - count->read : 0;
		lately->spam += count->spam;
		if (age < 0 || age >= LATELY_DAYS)
			continue;
		lately->days[LATELY_DAYS - 1 - age] = wanted;
		lately->month += wanted;
		lately->today += age == 0 ? wanted : 0;
	}
	lately->complete = counts.complete;
}

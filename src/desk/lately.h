/* What came in lately: the numbers of a form that the desk shows. */
#ifndef LATELY_H
#define LATELY_H

#include "desk/visit.h"

enum { LATELY_DAYS = 30 };

struct lately {
	uint64_t unread, spam;      /* of all that was counted */
	uint64_t today, month;      /* outcomes that are not spam: of this day, and of the last LATELY_DAYS days */
	uint64_t days[LATELY_DAYS]; /* of each of them, the oldest first */
	bool complete;              /* false: the time was up; asked again, it goes on from there */
};

/* Counts a form's outcomes, all or those of the last LATELY_DAYS days, for at most that many microseconds. */
void lately_count(struct lately *, const struct visit *, const struct form *, bool all, int64_t budget);

#endif

/* A filter of system calls that says what a longer one says, and that the kernel accepts sooner. */
#ifndef BRIEF_H
#define BRIEF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BRIEF_STEPS = 512 };

/* A filter for a machine. */
struct brief {
	struct sock_filter steps[BRIEF_STEPS];
	size_t n;
	uint32_t machine; /* as AUDIT_ARCH_ names it */
	bool big_endian;  /* the machine stores the higher half of an argument first */
};

/* A call that is allowed with a certain second argument only. */
struct brief_case {
	uint32_t call, argument;
};

/*
 * Makes a filter that says the same as another one, which allows calls by their numbers, and the given cases. The cases of a call follow
 * each other. Returns false if there is none, as where one call stands for several.
 */
bool brief_make(struct brief *, const struct brief *like, const struct brief_case *, size_t cases_n);

#endif

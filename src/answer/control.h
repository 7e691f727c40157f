/* The HTML of one field of a form. */
#ifndef CONTROL_H
#define CONTROL_H

#include "answer/page.h"
#include "base/text.h"
#include "body/submission.h"
#include "config/config.h"

/* A form that is being drawn. */
struct drawing {
	struct text *out;
	const struct form *form;
	const struct catalogue *catalogue;
	const struct submission *posted; /* or NULL */
	const struct page_fault *faults;
	size_t faults_n;
};

/* Appends the field with its label, hint and fault. */
void control_draw(const struct drawing *, const struct field *);

#endif

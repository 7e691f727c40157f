/* What browsers and frameworks send around a value is taken away before the value is validated and kept. */
#ifndef NORMALIZE_H
#define NORMALIZE_H

#include "body/submission.h"
#include "config/form.h"

/*
 * Changes the values of the form's own fields, which are valid UTF-8: blanks around an email address, URL, number, date or telephone
 * number go; VT, FF and NEL become a space and other control characters go, line ends and tabs aside; a checkbox that was sent as unticked
 * ("0", "off", "false" or "no") is not posted at all, and neither is a trap that is blank or unticked. The new values live in the
 * submission's arena.
 */
void normalize_submission(struct submission *, const struct form *);

#endif

/* E-mail addresses. */
#ifndef EMAIL_H
#define EMAIL_H

#include <stdbool.h>

/* Tells whether the text is a valid e-mail address as the HTML standard defines one. */
bool email_valid(const char *);

#endif

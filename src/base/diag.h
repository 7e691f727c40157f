/* Messages to the person who runs the program: one line each, control bytes made visible. */
#ifndef DIAG_H
#define DIAG_H

#include <stddef.h>

/* Takes a whole message line, newline included, or several. */
typedef void diag_sink(void *context, const char *line, size_t n);

/* Sends further messages to the sink; NULL: to standard error again. */
void diag_to(diag_sink *, void *context);

/* Keeps further messages, to a bound, for the first sink to come as well: standard error may lead nowhere. Those kept before go. */
void diag_keep(void);

/* Says what went wrong. */
void diag_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what went wrong and what errno means; leaves errno as it was. */
void diag_system(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what is worth knowing but no fault. */
void diag_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why it can't go on and ends the process with status 1. */
_Noreturn void diag_die(const char *why);

#endif

/* Messages for the administrator: one line each, control bytes made visible. */
#ifndef DIAG_H
#define DIAG_H

#include <stddef.h>

/* Takes one or more whole lines, each with its newline. */
typedef void diag_sink(void *context, const char *line, size_t n);

/* Sends further messages to the sink, or to standard error if it is NULL. */
void diag_to(diag_sink *, void *context);

/*
 * Ends further messages with what a function gives for each, such as the id of the request that they are about, in parentheses; NULL
 * ends that.
 */
void diag_mark(const char *(*mark)(void *context), void *context);

/* Drops messages kept so far and keeps further ones (up to 8 KiB) for the next sink too, since standard error may lead nowhere. */
void diag_keep(void);

/* Reports an error. */
void diag_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reports an error to the sink and to standard error: one of the configuration, which belongs into the log of the process too. */
void diag_error_everywhere(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reports an error with the meaning of errno; errno keeps its value. */
void diag_system(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reports something worth knowing that is not an error. */
void diag_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reports an error and ends the process with status 1. */
_Noreturn void diag_die(const char *why);

#endif

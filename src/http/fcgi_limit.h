/* Time limits of FastCGI: signals end a read or write in which this process waits for its peer too long, and report that it waits. */
#ifndef FCGI_LIMIT_H
#define FCGI_LIMIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* The signal by which a process that is held up is told to read no more of its request, or to write no more of its answer. */
enum { FCGI_GIVE_UP = SIGVTALRM };

/* Installs the handlers of the signals; -1 on failure. */
int fcgi_limit_begin(void);

/*
 * Begins a request. The function is called once at most for it, if its peer keeps this process waiting; perhaps by a signal's handler,
 * during a read or write.
 */
void fcgi_limit_request(void (*tell)(void *context), void *context);

/* Limits the reading of a header. Until the seconds are over no signal comes. Ends with fcgi_limit_end_reading and fcgi_limit_end_ticks. */
void fcgi_limit_header(int connection, uint64_t seconds);

/* Limits what is read from a connection from now on to some microseconds. */
void fcgi_limit_reading(int connection, int64_t left);

/* Ends the limit. An overdue connection waits again, so that the answer can be written, unless it is closed by now, -1. */
void fcgi_limit_end_reading(int connection);

/* Ends the ticks of a limit that has ended; they would interrupt writing. */
void fcgi_limit_end_ticks(void);

/* Tells whether a limit of this request was over before what was awaited had come. */
bool fcgi_limit_overdue(void);

/* Tells whether FCGI_GIVE_UP came. */
bool fcgi_limit_given_up(void);

/* Waits until the peer can take more of an answer, or until it is known to hold this process up. */
void fcgi_limit_await_taker(int connection);

/* Lets FCGI_GIVE_UP end what is written now if this process is held up; false if it came already. */
bool fcgi_limit_writing(int connection);

/* Ends what fcgi_limit_writing began. */
void fcgi_limit_end_writing(void);

#endif

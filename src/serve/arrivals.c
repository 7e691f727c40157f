/*
 * A connection is served once all of its request is there, or as much as is looked at. epoll reports it with each piece that comes; the
 * piece stays in the socket, so that nothing is copied and another process could serve it as well.
 */
#define _GNU_SOURCE /* EPOLLRDHUP */
#include "serve/arrivals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"

enum { CLOSING_HEADER_SECONDS = 1, CLOSING_SECONDS = 20, LINGER_SECONDS = 2, REPORT_SECONDS = 60 };

/* A Unix socket holds some 70 pieces, however small; then its peer would wait for somebody to read. */
enum { MOST_PIECES = 32 };

int arrivals_begin(struct arrivals *arrivals, int listener, int signals, const struct patience *patience)
{
	struct epoll_event connect = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener};
	struct epoll_event end = {.events = EPOLLIN, .data.fd = signals};
	*arrivals =
		(struct arrivals){.listener = listener, .signals = signals, .watch = epoll_create1(EPOLL_CLOEXEC), .patience = *patience};
	int flags = fcntl(listener, F_GETFL);
	if (arrivals->watch < 0 || flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0 ||
		epoll_ctl(arrivals->watch, EPOLL_CTL_ADD, listener, &connect) < 0 ||
		epoll_ctl(arrivals->watch, EPOLL_CTL_ADD, signals, &end) < 0)
		return -1;
	return 0;
}

static void remove_waiting(struct arrivals *arrivals, size_t i)
{
	arrivals->n--;
	memmove(arrivals->waiting + i, arrivals->waiting + i + 1, (arrivals->n - i) * sizeof *arrivals->waiting);
}

/* Makes room by closing the connection that has waited longest. The log hears of it once a minute. */
static void close_oldest(struct arrivals *arrivals)
{
	static int64_t reported;
	int64_t now = date_uptime();
	if (!reported || now - reported > REPORT_SECONDS * DATE_SECOND) {
		diag_error("%d connections wait for the rest of their requests; each further one closes the oldest of them", ARRIVALS_MOST);
		reported = now;
	}
	close(arrivals->waiting[0].connection.socket);
	remove_waiting(arrivals, 0);
}

/* Returns false if the connection can't be watched. */
static bool let_wait(struct arrivals *arrivals, const struct arrival *arrival)
{
	int socket = arrival->connection.socket;
	struct epoll_event piece = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = socket};
	if (epoll_ctl(arrivals->watch, EPOLL_CTL_ADD, socket, &piece) < 0 && errno != EEXIST) {
		diag_system("watching a connection failed; it does not wait");
		return false;
	}
	if (arrivals->n == ARRIVALS_MOST)
		close_oldest(arrivals);
	arrivals->waiting[arrivals->n++] = *arrival;
	return true;
}

void arrivals_adopt(struct arrivals *arrivals, const struct arrival *passed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!let_wait(arrivals, &passed[i]))
			close(passed[i].connection.socket);
}

size_t arrivals_pass_on(const struct arrivals *arrivals, struct arrival passed[ARRIVALS_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < arrivals->n; i++)
		if (!arrivals->waiting[i].connection.answered)
			passed[n++] = arrivals->waiting[i];
	return n;
}

void arrivals_let_go(struct arrivals *arrivals)
{
	for (size_t i = arrivals->n; i > 0; i--)
		if (!arrivals->waiting[i - 1].connection.answered) {
			/* closing it would not do: another process has it open */
			epoll_ctl(arrivals->watch, EPOLL_CTL_DEL, arrivals->waiting[i - 1].connection.socket, NULL);
			close(arrivals->waiting[i - 1].connection.socket);
			remove_waiting(arrivals, i - 1);
		}
}

/* Returns when to stop waiting for a connection, as date_uptime counts; INT64_MAX: never. */
static int64_t deadline(const struct arrivals *arrivals, const struct arrival *arrival)
{
	const struct patience *patience = &arrivals->patience;
	uint64_t seconds = arrival->connection.come == PEEK_HEADER ? patience->header_seconds : patience->body.seconds;
	uint64_t most = arrival->connection.come == PEEK_HEADER ? CLOSING_HEADER_SECONDS : CLOSING_SECONDS;
	if (arrivals->closing && (!seconds || seconds > most))
		seconds = most;
	if (arrival->connection.answered)
		seconds = LINGER_SECONDS;
	return seconds ? arrival->since + (int64_t)seconds * DATE_SECOND : INT64_MAX;
}

/* Returns the first deadline of all that wait; INT64_MAX if there is none. */
static int64_t next_deadline(const struct arrivals *arrivals)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < arrivals->n; i++) {
		int64_t one = deadline(arrivals, &arrivals->waiting[i]);
		if (one < next)
			next = one;
	}
	return next;
}

/* Gives the time to the next deadline as epoll_wait takes it: in milliseconds, -1 for ever, 0 if it has passed. */
static int patience(const struct arrivals *arrivals)
{
	int64_t next = next_deadline(arrivals);
	if (next == INT64_MAX)
		return -1;
	int64_t now = date_uptime();
	int64_t left = (next - now) / (DATE_SECOND / 1000) + 1;
	return next <= now ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

bool arrivals_wait(struct arrivals *arrivals)
{
	struct epoll_event event;
	int n = 0, milliseconds = patience(arrivals);
	if (arrivals->closing && !arrivals->n)
		return false;
	if (milliseconds) /* else the overdue connection comes first: what epoll reports of another one it reports once */
		n = epoll_wait(arrivals->watch, &event, 1, milliseconds); /* one: serving it may close another */
	arrivals->ready = n == 1 ? event.data.fd : -1;
	arrivals->hung_up = n == 1 && event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
	return arrivals->ready != arrivals->signals;
}

/* Tells whether less of a body came than the pace asks for (see http/pace.h); one byte at least. */
static bool is_late(const struct arrivals *arrivals, const struct arrival *arrival)
{
	uint64_t least = arrivals->patience.body.rate * arrivals->patience.body.seconds;
	return arrival->connection.bytes - arrival->header < (least ? least : 1);
}

int arrivals_signal(const struct arrivals *arrivals)
{
	struct signalfd_siginfo signal;
	return read(arrivals->signals, &signal, sizeof signal) == sizeof signal ? (int)signal.ssi_signo : 0;
}

/* Ends the waiting for a connection whose deadline has passed; true if it is to be served, since its body may just be a long one. */
static bool give_up_waiting(struct arrivals *arrivals, size_t i, struct fcgi_connection *connection)
{
	*connection = arrivals->waiting[i].connection;
	connection->late = is_late(arrivals, &arrivals->waiting[i]);
	remove_waiting(arrivals, i);
	if (connection->come == PEEK_BODY && !connection->answered)
		return true;
	if (!connection->answered)
		diag_error("the header of a request did not come within %ju s; the connection was closed",
			(uintmax_t)arrivals->patience.header_seconds);
	close(connection->socket);
	return false;
}

static bool take_overdue(struct arrivals *arrivals, struct fcgi_connection *connection)
{
	int64_t now = date_uptime();
	size_t i = 0;
	while (i < arrivals->n)
		if (deadline(arrivals, &arrivals->waiting[i]) > now)
			i++;
		else if (give_up_waiting(arrivals, i, connection))
			return true;
	return false;
}

static bool accept_one(struct arrivals *arrivals, struct fcgi_connection *connection)
{
	*connection = (struct fcgi_connection){.socket = fcgi_accept(arrivals->listener)};
	if (connection->socket < 0)
		return false;
	connection->come = fcgi_peek(connection->socket, &connection->bytes);
	struct arrival arrival = {.connection = *connection, .since = date_uptime(), .header = connection->bytes};
	return connection->come >= PEEK_WHOLE || !let_wait(arrivals, &arrival);
}

/* Reads what comes after an answer; closes the connection once no more can come. */
static void drain(struct arrivals *arrivals, size_t i)
{
	static char unread[64 * 1024];
	int socket = arrivals->waiting[i].connection.socket;
	ssize_t n = 1;
	for (int piece = 0; piece < 16 && n > 0; piece++)
		n = recv(socket, unread, sizeof unread, MSG_DONTWAIT);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
		return;
	close(socket);
	remove_waiting(arrivals, i);
}

/* Tells whether a request comes in so many pieces that the next might not fit, unless its body comes too slowly to be read for long. */
static bool in_too_many_pieces(const struct arrivals *arrivals, struct arrival *arrival)
{
	if (++arrival->pieces <= MOST_PIECES)
		return false;
	int64_t seconds = (date_uptime() - arrival->since) / DATE_SECOND;
	return arrival->connection.come == PEEK_HEADER ||
		arrival->connection.bytes - arrival->header >= arrivals->patience.body.rate * (uint64_t)seconds;
}

/* Looks at a connection that a piece has come by; true if it is to be served. */
static bool look_again(struct arrivals *arrivals, size_t i, struct fcgi_connection *connection)
{
	struct arrival *arrival = &arrivals->waiting[i];
	enum peek before = arrival->connection.come;
	arrival->connection.come = fcgi_peek(arrival->connection.socket, &arrival->connection.bytes);
	if (before == PEEK_HEADER && arrival->connection.come == PEEK_BODY) {
		arrival->since = date_uptime();
		arrival->header = arrival->connection.bytes;
	}
	bool now = in_too_many_pieces(arrivals, arrival) || arrivals->hung_up;
	if (now && arrival->connection.come < PEEK_WHOLE)
		arrival->connection.come = PEEK_NOW;
	*connection = arrival->connection;
	if (connection->come < PEEK_WHOLE)
		return false;
	remove_waiting(arrivals, i);
	return true;
}

bool arrivals_next(struct arrivals *arrivals, struct fcgi_connection *connection)
{
	if (arrivals->ready < 0)
		return take_overdue(arrivals, connection);
	if (arrivals->ready == arrivals->listener)
		return accept_one(arrivals, connection);
	for (size_t i = 0; i < arrivals->n; i++)
		if (arrivals->waiting[i].connection.socket == arrivals->ready) {
			if (!arrivals->waiting[i].connection.answered)
				return look_again(arrivals, i, connection);
			drain(arrivals, i);
			break;
		}
	return false;
}

void arrivals_linger(struct arrivals *arrivals, int connection)
{
	struct arrival arrival = {.connection = {.socket = connection, .answered = true}, .since = date_uptime()};
	if (let_wait(arrivals, &arrival))
		drain(arrivals, arrivals->n - 1); /* of what is there already epoll may report nothing */
	else
		close(connection);
}

void arrivals_close(struct arrivals *arrivals)
{
	epoll_ctl(arrivals->watch, EPOLL_CTL_DEL, arrivals->listener, NULL);
	epoll_ctl(arrivals->watch, EPOLL_CTL_DEL, arrivals->signals, NULL);
	arrivals->closing = true;
}

void arrivals_end(struct arrivals *arrivals)
{
	while (arrivals->n)
		close(arrivals->waiting[--arrivals->n].connection.socket);
	if (arrivals->watch >= 0)
		close(arrivals->watch);
}

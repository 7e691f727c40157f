/* A request that is given up is answered 408 if its body was on the way; its process ends then, as after any other answer. */
#include "serve/held_up.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "http/fcgi_limit.h"
#include "task/worker_start.h"

enum { REPORT_SECONDS = 60 };

static void remove_process(struct held_up *held_up, size_t i)
{
	if (held_up->each[i].connection >= 0)
		close(held_up->each[i].connection);
	held_up->n--;
	memmove(held_up->each + i, held_up->each + i + 1, (held_up->n - i) * sizeof *held_up->each);
}

/* Tells the oldest process that was not told yet to end its request if too many are at theirs. The log hears of it once a minute. */
static void give_up_oldest(struct held_up *held_up)
{
	static int64_t reported;
	struct held_up_process *oldest = NULL;
	size_t busy = 0;
	for (size_t i = held_up->n; i > 0; i--)
		if (!held_up->each[i - 1].given_up) {
			oldest = &held_up->each[i - 1];
			busy++;
		}
	if (busy < HELD_UP_MOST)
		return;
	int64_t now = date_uptime();
	if (!reported || now - reported > REPORT_SECONDS * DATE_SECOND) {
		diag_error("%d requests of slow peers are answered beside others; each further one ends the oldest of them", HELD_UP_MOST);
		reported = now;
	}
	oldest->given_up = true;
	kill(oldest->process, FCGI_GIVE_UP);
}

void held_up_add(struct held_up *held_up, pid_t process, int connection)
{
	give_up_oldest(held_up);
	if (held_up->n == HELD_UP_ROOM) { /* it was told to end long ago */
		kill(held_up->each[0].process, SIGKILL);
		waitpid(held_up->each[0].process, NULL, 0);
		remove_process(held_up, 0);
	}
	held_up->each[held_up->n++] = (struct held_up_process){.process = process, .connection = connection};
}

size_t held_up_events(const struct held_up *held_up, struct pollfd events[HELD_UP_ROOM])
{
	for (size_t i = 0; i < held_up->n; i++)
		events[i] = (struct pollfd){.fd = held_up->each[i].connection, .events = POLLIN};
	return held_up->n;
}

/* Tells whether a process has ended, and logs it if it died. */
static bool has_ended(pid_t process)
{
	int status;
	if (waitpid(process, &status, WNOHANG) != process)
		return false;
	if (WIFSIGNALED(status))
		diag_error("the process that answered a slow peer was ended by signal %d", WTERMSIG(status));
	return true;
}

void held_up_serve(struct held_up *held_up, const struct pollfd *events, const struct config *config)
{
	for (size_t i = held_up->n; i > 0; i--) {
		struct held_up_process *each = &held_up->each[i - 1];
		if (events[i - 1].revents && !worker_start_serve(each->connection, config)) {
			close(each->connection);
			each->connection = -1;
		}
		if (has_ended(each->process))
			remove_process(held_up, i - 1);
	}
}

void held_up_close(struct held_up *held_up)
{
	while (held_up->n)
		if (held_up->each[--held_up->n].connection >= 0)
			close(held_up->each[held_up->n].connection);
}

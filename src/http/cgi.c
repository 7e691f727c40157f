/* CGI: variables from the environment, the body on standard input, the answer on standard output. */
#include "http/cgi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/number.h"

extern char **environ;

enum { DISCARD_SECONDS = 30, DISCARD_SILENCE = 2 };

static uint64_t taken;   /* bytes of the body that were read */
static uint64_t written; /* bytes of the answer */

/* Compares first letters before it calls strncmp, as getenv in some C libraries does not: a request asks for thirty variables. */
static const char *cgi_variable(void *context, const char *name)
{
	size_t n = strlen(name);
	(void)context;
	for (char **one = environ; *one; one++)
		if (**one == *name && strncmp(*one, name, n) == 0 && (*one)[n] == '=')
			return *one + n + 1;
	return NULL;
}

/* Waits until standard input can be read, or has ended; returns false if that takes longer. */
static bool wait_for_input(int64_t microseconds)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int64_t end = date_uptime() + microseconds;
	int ready;
	do {
		int64_t left = end - date_uptime();
		ready = poll(&input, 1, left <= 0 ? 0 : left / 1000 > 3600000 ? 3600000 : (int)(left / 1000) + 1);
	} while (ready <= 0 && (ready == 0 || errno == EINTR) && date_uptime() < end);
	return ready != 0;
}

static ssize_t read_input(char *buffer, size_t n)
{
	ssize_t got;
	do
		got = read(STDIN_FILENO, buffer, n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		taken += (uint64_t)got;
	return got;
}

static ssize_t cgi_read(void *context, char *buffer, size_t n, struct pace *pace)
{
	(void)context;
	int64_t left = pace_left(pace);
	if (left <= 0 || (left != INT64_MAX && !wait_for_input(left)))
		return TRANSPORT_LATE;
	ssize_t got = read_input(buffer, n);
	if (got > 0)
		pace_count(pace, (size_t)got);
	return got < 0 ? TRANSPORT_BROKEN : got;
}

/* These give a program the chunks as they came, or leave its standard input open behind them. */
static bool server_decodes(void)
{
	static const char *const others[] = {"busybox httpd/", "uWSGI/"};
	const char *server = getenv("SERVER_SOFTWARE");
	for (size_t i = 0; server && i < sizeof others / sizeof *others; i++)
		if (strncmp(server, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

/* A server that takes a chunked request decodes it, and closes the pipe after it (RFC 9112 §7.1). */
static bool cgi_ends(void *context)
{
	(void)context;
	const char *coding = getenv("HTTP_TRANSFER_ENCODING");
	return coding && *coding && server_decodes();
}

/* How much there is to discard at the most. */
static uint64_t discard_most(void)
{
	uint64_t length = 0;
	const char *digits = getenv("CONTENT_LENGTH");
	if (digits && number_read(digits, INT64_MAX, &length))
		return length;
	return cgi_ends(NULL) ? INT64_MAX : 0;
}

void cgi_discard(void)
{
	char unread[16 * 1024];
	uint64_t most = discard_most();
	int64_t end = date_uptime() + DISCARD_SECONDS * DATE_SECOND, left;
	while (taken < most && (left = end - date_uptime()) > 0) {
		int64_t silence = DISCARD_SILENCE * DATE_SECOND;
		if (!wait_for_input(left < silence ? left : silence) || read_input(unread, sizeof unread) <= 0)
			break;
	}
}

/*
 * RFC 3875 §4.2 lets a server put further data behind the body and forbids reading them, so this only looks whether there are any. No
 * server in use does so; a body that is longer than announced has been seen, and is not to be trusted.
 */
static bool cgi_surplus(void *context)
{
	struct stat status;
	int waiting = 0;
	(void)context;
	if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode))
		return lseek(STDIN_FILENO, 0, SEEK_CUR) < status.st_size;
	return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

static int cgi_write(void *context, const char *bytes, size_t n)
{
	(void)context;
	written += n;
	return file_write(STDOUT_FILENO, bytes, n);
}

static uint64_t cgi_written(void *context)
{
	(void)context;
	return written;
}

struct transport cgi_transport(void)
{
	return (struct transport){.variable = cgi_variable,
		.read = cgi_read,
		.ends = cgi_ends,
		.surplus = cgi_surplus,
		.write = cgi_write,
		.written = cgi_written};
}

/* CGI: variables from the environment, the body on standard input, the answer on standard output; see cgi.h. */
#include "http/cgi.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"

enum { DISCARD_MAX = 1 << 30 };

static const char *cgi_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

/* The context counts what was read of the body. */
static ssize_t cgi_read(void *context, char *buffer, size_t n)
{
	uint64_t *taken = context;
	ssize_t got;
	do
		got = read(STDIN_FILENO, buffer, n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		*taken += (uint64_t)got;
	return got;
}

void cgi_discard(uint64_t taken)
{
	char unread[16 * 1024];
	uint64_t length;
	const char *digits = getenv("CONTENT_LENGTH");
	if (!digits || !number_read(digits, DISCARD_MAX, &length))
		return;
	while (taken < length && cgi_read(&taken, unread, sizeof unread) > 0)
		;
}

/*
 * RFC 3875 §4.2 lets a server put further data behind the body and forbids to read them, so this only looks whether there are
 * any. No server that is in use does so; a body that is longer than it was said to be has been seen, and is not to be trusted.
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
	return file_write(STDOUT_FILENO, bytes, n);
}

struct transport cgi_transport(uint64_t *taken)
{
	return (struct transport){.context = taken, .variable = cgi_variable, .read = cgi_read, .surplus = cgi_surplus, .write = cgi_write};
}

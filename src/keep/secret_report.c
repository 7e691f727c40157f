/*
 * Every post asks for the secret, and each may be answered by a process of its own. The file DATA/secret.reported says to all of them
 * that the log knows why the secret can't be used: it holds the errno, as text.
 */
#include "keep/secret_report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "keep/secret.h"

enum { MODE = 0640, REASON = 16 };

static void write_note_path(const char *data, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/secret.reported", data);
}

void secret_report(const char *data)
{
	switch (errno) {
	case ENODATA:
		diag_error(
			"%s/secret is missing, though there are logs, whose addresses need it: put it back from a backup; if it is lost, "
			"\"seeother new-secret\" makes a new one, and the old addresses lead nowhere",
			data);
		break;
	case EPERM: diag_error("%s belongs to another user: run this as that user", data); break;
	case EILSEQ: diag_error("%s/secret: is not %d bytes long: put it back from a backup", data, SECRET_BYTES); break;
	default: diag_system("%s/secret: can't be read or made", data);
	}
}

/* Tells whether the log knows a reason already, and notes it if not. Among another user's files nothing is noted. */
static bool is_known(const char *data, int reason)
{
	char path[PATH_MAX], text[REASON], noted[REASON] = "";
	if (reason == EPERM)
		return false;
	write_note_path(data, path);
	size_t n = (size_t)snprintf(text, sizeof text, "%d\n", reason);
	int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, MODE);
	bool made = file >= 0;
	if (!made && errno == EEXIST)
		file = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (file < 0)
		return false;
	bool known = !made && pread(file, noted, sizeof noted - 1, 0) > 0 && atoi(noted) == reason;
	if (!known && (pwrite(file, text, n, 0) != (ssize_t)n || ftruncate(file, (off_t)n) < 0))
		unlink(path); /* as with a full disk; the reason is logged again then */
	file_close(file);
	return known;
}

void secret_report_once(const char *data)
{
	int reason = errno;
	bool known = is_known(data, reason);
	errno = reason;
	if (!known)
		secret_report(data);
	errno = reason;
}

void secret_report_over(const char *data)
{
	char path[PATH_MAX];
	write_note_path(data, path);
	if (access(path, F_OK) == 0) /* unlink alone would lock the folder each time */
		unlink(path);
}

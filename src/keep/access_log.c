/*
 * A line is shorter than 512 bytes: a request's id has up to 128 characters, a form's name up to 64, and all else comes from fixed sets.
 * The processes append to one file (O_APPEND), so no line is mixed into another one. The file DATA/access.reported says by its time when
 * the log was last told of a failure; it may be deleted at any time.
 */
#include "keep/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/text.h"

enum { MODE = 0640, PAUSE_SECONDS = 60 };

void access_log_begin(struct access_log *log)
{
	*log = (struct access_log){.file = -1};
}

/* Tells whether nobody has reported a failure within a minute, and notes that it is reported now. Without a data folder there is no note. */
static bool report_due(const char *data)
{
	char path[PATH_MAX];
	struct stat status;
	time_t now = time(NULL);
	snprintf(path, sizeof path, "%s/access.reported", data);
	if (stat(path, &status) == 0 && status.st_mtime <= now && now < status.st_mtime + PAUSE_SECONDS)
		return false;
	int note = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, MODE);
	if (note >= 0)
		futimens(note, NULL);
	file_close(note);
	return true;
}

static void report(const struct config *config, const char *what)
{
	int reason = errno;
	bool due = report_due(config->data);
	errno = reason;
	if (due)
		diag_system("%s: the access log can't be %s; requests are answered all the same", config->access_log, what);
}

void access_log_open(struct access_log *log, const struct config *config)
{
	struct stat status;
	if (!config || !config->access_log)
		return;
	log->file = open(config->access_log, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, MODE);
	if (log->file >= 0 && fstat(log->file, &status) == 0) {
		log->device = status.st_dev;
		log->inode = status.st_ino;
		return;
	}
	report(config, "opened");
	log->retry = date_uptime() + PAUSE_SECONDS * DATE_SECOND;
	access_log_end(log);
}

bool access_log_moved(const struct access_log *log, const struct config *config)
{
	struct stat status;
	if (!config || !config->access_log)
		return false;
	if (log->file < 0)
		return date_uptime() >= log->retry;
	return stat(config->access_log, &status) < 0 || status.st_dev != log->device || status.st_ino != log->inode;
}

static void put_string(struct text *line, const char *name, const char *value)
{
	text_format(line, ",\"%s\":", name);
	if (value)
		escape_json(line, span_of(value));
	else
		text_put(line, "null");
}

void access_log_write(struct access_log *log, const struct config *config, const struct access *access, struct arena *arena)
{
	char stamp[DATE_STAMP];
	struct timespec now;
	struct text line = {.arena = arena};
	if (log->file < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	date_stamp_write(stamp, now);
	text_format(&line, "%s{\"time\":\"%s\"", log->torn ? "\n" : "", stamp);
	put_string(&line, "request", access->request);
	put_string(&line, "method", access->method);
	put_string(&line, "route", access->route);
	put_string(&line, "form", access->form);
	text_format(&line, ",\"status\":%d,\"bytes\":%" PRIu64 ",\"us\":%" PRId64 "}\n", access->status, access->bytes,
		date_uptime() - access->began);
	ssize_t written = write(log->file, line.bytes, line.length);
	if (written == (ssize_t)line.length) {
		log->torn = false;
		return;
	}
	log->torn |= written > 0;
	if (written >= 0)
		errno = ENOSPC; /* what a second call would say */
	report(config, "written to");
}

void access_log_end(struct access_log *log)
{
	file_close(log->file);
	log->file = -1;
}

/* What others have written to the log, made durable; see log.h. */
#include "keep/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

int log_flush_day(const struct log *log, uint16_t day)
{
	char path[PATH_MAX];
	log_path(log, day, log->node, path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && errno == ENOENT)
		return 0;
	int failed = file < 0 || file_flush_data(file) < 0;
	if (failed)
		diag_system("%s: can't flush", path);
	file_close(file);
	return failed ? -1 : 0;
}

/* Tells whether the file holds just these bytes there; errno says why not. */
static bool is_there(int file, struct span bytes, off_t at)
{
	enum { CHUNK = 4096 };
	char chunk[CHUNK];
	for (size_t done = 0, n; done < bytes.length; done += n) {
		n = bytes.length - done < CHUNK ? bytes.length - done : CHUNK;
		ssize_t got = pread(file, chunk, n, at + (off_t)done);
		if (got != (ssize_t)n || memcmp(chunk, bytes.bytes + done, n) != 0) {
			errno = got < 0 ? errno : ESTALE;
			return false;
		}
	}
	return true;
}

int log_renew(const struct log *log, struct span line, struct place place)
{
	char path[PATH_MAX];
	off_t at = (off_t)place.offset;
	if (!log->durable)
		return 0;
	log_path(log, place.day, log->node, path);
	int file = open(path, O_RDWR | O_CLOEXEC);
	int failed = file < 0 || file_lock(file) < 0 || !is_there(file, line, at) ||
		pwrite(file, line.bytes, line.length, at) != (ssize_t)line.length ||
		file_flush_data(file) < 0;
	if (failed)
		diag_system("%s: can't flush a line of it", path);
	file_close(file);
	return failed ? -1 : 0;
}

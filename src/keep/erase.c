/*
 * Uploads are erased first, then the line (log_line_erase): a crash in between leaves a line without its uploads, and whoever asked
 * for the erasure got no answer and asks again. A file system or disk that never writes in place may keep the old blocks.
 */
#include "keep/erase.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "keep/record.h"

static int overwrite(const char *path)
{
	static char nothing[64 * 1024]; /* never written, but not const: 64 KiB of zeroes need not be in the program's file */
	struct stat status;
	int file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return -1;
	int failed = fstat(file, &status);
	for (off_t left = failed ? 0 : status.st_size; left > 0 && !failed; left -= (off_t)sizeof nothing)
		failed = file_write(file, nothing, left < (off_t)sizeof nothing ? (size_t)left : sizeof nothing);
	if (!failed)
		failed = file_flush(file);
	file_close(file);
	return failed;
}

int erase_file(const char *path)
{
	if ((overwrite(path) < 0 || unlink(path) < 0) && errno != ENOENT && errno != ENOTDIR) {
		diag_system("%s: erasing failed", path);
		return -1;
	}
	return 0;
}

int erase_files(const char *data, const char *form, const json_t *record)
{
	char path[PATH_MAX];
	const json_t *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		const char *where = record_upload_path(file), *name = where ? strrchr(where, '/') : NULL;
		if (!name)
			continue; /* such a path is in no log that only this program has written */
		/* First in incoming: a file may be moved from there meanwhile, but never back. */
		snprintf(path, sizeof path, "%s/%s/files/incoming%s", data, form, name);
		if (erase_file(path) < 0)
			return -1;
		snprintf(path, sizeof path, "%s/%s/%s", data, form, where);
		if (erase_file(path) < 0)
			return -1;
		snprintf(path, sizeof path, "%s/%s/%.*s", data, form, (int)(name - where), where);
		if (folder_sync(path) < 0 && errno != ENOENT) {
			diag_system("%s: flush failed", path);
			return -1;
		}
	}
	return 0;
}

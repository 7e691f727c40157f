/*
 * A file is DATA/FORM/files/incoming/NAME until its line is kept, and DATA/FORM/files/YYYY-MM-DD/NAME afterwards. NAME is 16 random
 * bytes in hexadecimal; nothing that the client sends becomes part of a path.
 *
 *   state                           cause                               what cleans up
 *   no name (O_TMPFILE)             it is being received                the kernel, when the process ends
 *   in incoming, no line names it   the line was not kept (yet)         upload_drop, or upload_cleanup an hour later
 *   in incoming, a line names it    the process died before the rename  upload_cleanup; readers look in both folders
 *   in YYYY-MM-DD                   it was kept                         whatever erases its line
 *
 * Before its line is written, a file is flushed, named, touched, flushed again, and its folder is flushed: on GlusterFS and some
 * NFS servers a name was lost that had only been linked, with its folder flushed.
 *
 * So that a post of many tiny files does not cost as many flushes, all after the first few are flushed at once, right before the line,
 * where one call can flush the file system.
 */
#define _GNU_SOURCE /* O_TMPFILE */
#include "keep/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/file_system.h"
#include "base/folder.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/upload_cleanup.h"

enum { NAME_RANDOM = 16, FILE_MODE = 0640, FLUSHED_ALONE = 3, AHEAD = 8 << 20 };

static void folder_write(const struct upload *upload, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s/files/%s", upload->config->data, upload->form->name, name);
}

/* Gives the last segment of a path. */
static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void incoming_write(const struct upload *upload, const struct posted_file *file, char path[PATH_MAX])
{
	char folder[PATH_MAX - 64];
	snprintf(folder, sizeof folder, "%s/%s/files/incoming", upload->config->data, upload->form->name);
	snprintf(path, PATH_MAX, "%s/%s", folder, name_of(file->path));
}

void upload_begin(struct upload *upload, const struct config *config, const struct form *form, struct submission *submission, time_t now)
{
	*upload = (struct upload){.config = config, .form = form, .submission = submission, .descriptor = -1};
	date_day_write(upload->day, date_day(now));
}

static enum body_fault failed(const struct upload *upload, const char *what)
{
	diag_system("%s/%s/files: can't %s", upload->config->data, upload->form->name, what);
	return BODY_NOT_KEPT;
}

static const char *random_path(const struct upload *upload)
{
	unsigned char bytes[NAME_RANDOM];
	char hex[2 * NAME_RANDOM + 1];
	randombytes_buf(bytes, sizeof bytes);
	return text_printed(upload->submission->arena, "files/%s/%s", upload->day, sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes));
}

/* Opens a file without a name, or one in incoming if the file system doesn't support that. */
static int open_upload_file(struct upload *upload)
{
	char folder[PATH_MAX], path[PATH_MAX];
	folder_write(upload, "incoming", folder);
	if (folder_make(folder) < 0)
		return -1;
	upload->named = false;
	errno = EOPNOTSUPP; /* without /proc, as in many chroots, such a file can't be given a name */
	upload->descriptor = access("/proc/self/fd", X_OK) == 0 ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE) : -1;
	if (upload->descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		incoming_write(upload, upload->file, path);
		upload->named = true;
		upload->descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, FILE_MODE);
	}
	return upload->descriptor < 0 ? -1 : 0;
}

static enum body_fault file_begin(void *context, const struct file_part *part)
{
	struct upload *upload = context;
	struct arena *arena = upload->submission->arena;
	const struct field *field = form_field(upload->form, part->name);
	upload->unknown = upload->form->fields_n ? !field || field->type != FIELD_FILE : !upload->form->files;
	upload->file = arena_take(arena, sizeof *upload->file);
	*upload->file = (struct posted_file){
		.field = part->name,
		.filename = part->filename,
		.filename_is_utf8 = part->filename_is_utf8,
		.type = part->type.length ? arena_copy(arena, part->type.bytes, part->type.length) : "application/octet-stream",
		.path = random_path(upload),
	};
	upload->most = field && field->max.text ? field->max.number : (double)UINT64_MAX;
	upload->head_n = 0;
	upload->begun = 0;
	sha256_init(&upload->hash);
	return BODY_FINE;
}

/* Starts write-back while more is still arriving, so that the flush at the end has little left to do. */
static void flush_ahead(struct upload *upload)
{
	uint64_t ready = upload->file->size - upload->begun;
	if (!upload->config->durable || ready < AHEAD)
		return;
	sync_file_range(
		upload->descriptor, (off_t)upload->begun, (off_t)ready, SYNC_FILE_RANGE_WRITE); /* only a hint: fsync reports errors */
	upload->begun += ready;
}

static void close_file(struct upload *upload)
{
	char path[PATH_MAX];
	if (upload->descriptor < 0)
		return;
	if (upload->named) {
		incoming_write(upload, upload->file, path);
		unlink(path);
	}
	close(upload->descriptor);
	upload->descriptor = -1;
}

static enum body_fault file_add(void *context, const char *bytes, size_t n)
{
	struct upload *upload = context;
	struct posted_file *file = upload->file;
	if (upload->unknown)
		return BODY_FILE_UNKNOWN;
	file->size += n;
	if (file->size > upload->form->limits.file)
		return BODY_FILE_TOO_LARGE;
	if ((double)file->size > upload->most) {
		file->too_large = true; /* skip the rest, so that the form can be drawn again with all values */
		close_file(upload);
	}
	if (file->too_large)
		return BODY_FINE;
	if (upload->descriptor < 0 && open_upload_file(upload) < 0)
		return failed(upload, "make a file");
	size_t head = sizeof upload->head - upload->head_n < n ? sizeof upload->head - upload->head_n : n;
	memcpy(upload->head + upload->head_n, bytes, head);
	upload->head_n += head;
	sha256_update(&upload->hash, n, (const unsigned char *)bytes);
	if (file_write(upload->descriptor, bytes, n) < 0)
		return failed(upload, "write a file");
	flush_ahead(upload);
	return BODY_FINE;
}

/* Gives the file its name in incoming, durably. */
static int name_file(struct upload *upload)
{
	static const struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	char path[PATH_MAX], self[64], folder[PATH_MAX];
	bool durable = upload->config->durable;
	bool together = durable && upload->count > FLUSHED_ALONE && file_system_is_flushable(upload->descriptor);
	if (durable && !together && file_flush(upload->descriptor) < 0)
		return -1;
	incoming_write(upload, upload->file, path);
	snprintf(self, sizeof self, "/proc/self/fd/%d", upload->descriptor);
	if (!upload->named && linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	upload->named = true;
	upload->unflushed |= together;
	if (!durable || together)
		return 0;
	folder_write(upload, "incoming", folder);
	return futimens(upload->descriptor, now) < 0 || file_flush(upload->descriptor) < 0 ? -1 : folder_sync(folder);
}

static enum body_fault file_end(void *context)
{
	struct upload *upload = context;
	struct posted_file *file = upload->file;
	unsigned char hash[SHA256_DIGEST_SIZE];
	char hex[2 * sizeof hash + 1];
	if (!file->filename.length && file->size == 0)
		return BODY_FINE; /* a file input in which nothing was chosen */
	if (upload->unknown)
		return BODY_FILE_UNKNOWN;
	if (++upload->count > upload->form->limits.files)
		return BODY_TOO_MANY_FILES;
	sha256_digest(&upload->hash, sizeof hash, hash);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	file->sha256 = arena_copy(upload->submission->arena, hex, sizeof hex - 1);
	file->found = sniff(upload->head, upload->head_n);
	if (!file->found && sniff_is_text(upload->head, upload->head_n))
		file->found = "text/plain";
	submission_add_file(upload->submission, file);
	if (file->too_large)
		return BODY_FINE;
	if (upload->descriptor < 0 && open_upload_file(upload) < 0)
		return failed(upload, "make a file");
	if (name_file(upload) < 0)
		return failed(upload, "keep a file");
	close(upload->descriptor);
	upload->descriptor = -1;
	return BODY_FINE;
}

struct file_sink upload_sink(struct upload *upload)
{
	return (struct file_sink){upload, file_begin, file_add, file_end};
}

int upload_confirm(struct upload *upload)
{
	static const struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	char path[PATH_MAX];
	for (const struct posted_file *file = upload->submission->files; file; file = file->next) {
		incoming_write(upload, file, path);
		if (utimensat(AT_FDCWD, path, now, 0) < 0) {
			diag_system("%s: the upload is gone before its line was written", path);
			return -1;
		}
	}
	if (!upload->unflushed)
		return 0;
	folder_write(upload, "incoming", path);
	if (file_system_flush(path) < 0) {
		diag_system("%s: can't flush the uploads", path);
		return -1;
	}
	return 0;
}

void upload_settle(struct upload *upload)
{
	char from[PATH_MAX], folder[PATH_MAX], to[PATH_MAX];
	if (!upload->submission->files)
		return;
	folder_write(upload, upload->day, folder);
	bool first = access(folder, F_OK) < 0;
	if (folder_make(folder) < 0)
		diag_system("%s: can't be made", folder);
	for (const struct posted_file *file = upload->submission->files; file; file = file->next) {
		incoming_write(upload, file, from);
		snprintf(to, sizeof to, "%s/%s/%s", upload->config->data, upload->form->name, file->path);
		if (rename(from, to) < 0)
			diag_system("%s: can't be moved to %s", from, to); /* it stays there, where readers find it too */
	}
	if (first) {
		snprintf(folder, sizeof folder, "%s/%s", upload->config->data, upload->form->name);
		upload_cleanup(folder);
	}
}

void upload_drop(struct upload *upload)
{
	char path[PATH_MAX];
	close_file(upload);
	for (const struct posted_file *file = upload->submission->files; file; file = file->next) {
		incoming_write(upload, file, path);
		if (!file->too_large && unlink(path) < 0 && errno != ENOENT)
			diag_system("%s: can't be removed", path);
	}
	upload->submission->files = NULL;
	upload->submission->last_file = NULL;
}

/*
 * The name of an upload is 16 random bytes; the first 8 of them tell it from all others of a form. An upload that is younger than the
 * check may belong to a line that was written after its log was read, so it is passed over.
 */
#include "command/verify_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/tree.h"
#include "keep/record.h"

enum { NAME_LENGTH = 32, HALF = 16, PIECE = 256 * 1024, ROOM_FIRST = 256, SLACK = 60, HOUR = 60 * 60 };

/* Reads the first half of an upload's name as a number; false if it is not the name of an upload. */
static bool read_name(const char *name, uint64_t *half)
{
	char digits[HALF + 1] = "";
	if (strlen(name) != NAME_LENGTH || strspn(name, "0123456789abcdef") != NAME_LENGTH)
		return false;
	memcpy(digits, name, HALF);
	*half = strtoull(digits, NULL, 16);
	return true;
}

static void note_upload(struct checked_form *form, uint64_t half)
{
	if (form->uploads_n == form->uploads_room) {
		form->uploads_room = form->uploads_room ? 2 * form->uploads_room : ROOM_FIRST;
		form->uploads = realloc(form->uploads, form->uploads_room * sizeof *form->uploads);
		if (!form->uploads)
			diag_die("out of memory");
	}
	form->uploads[form->uploads_n++] = half;
}

/* Hashes an open file; gives its size, or -1 and errno. */
static int64_t hash_file(struct findings *findings, int file, const char *path, char hex[2 * SHA256_DIGEST_SIZE + 1])
{
	static unsigned char piece[PIECE];
	unsigned char digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	int64_t size = 0;
	ssize_t n;
	sha256_init(&hash);
	while ((n = read(file, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		sha256_update(&hash, (size_t)n, piece);
		size += n;
		findings->bytes += (uint64_t)n;
		progress_print(&findings->progress, "%s: %ju MiB read", path, (uintmax_t)(findings->bytes >> 20));
	}
	sha256_digest(&hash, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return n < 0 ? -1 : size;
}

/* Opens an upload; it may move from incoming to its place just when it is looked for. */
static int open_named_upload(const struct checked_form *form, const json_t *file)
{
	char path[PATH_MAX];
	int opened = -1;
	for (int i = 0; i < 2 && opened < 0; i++)
		if (record_upload(form->data, form->form, file, path) == 0)
			opened = open(path, O_RDONLY | O_CLOEXEC);
	return opened;
}

bool verify_upload_check(struct checked_form *form, const json_t *file, char *what, size_t n)
{
	char hex[2 * SHA256_DIGEST_SIZE + 1];
	const char *named = json_string_value(json_object_get(file, "path")), *hash = json_string_value(json_object_get(file, "sha256"));
	const char *slash = named ? strrchr(named, '/') : NULL;
	uint64_t half;
	if (!slash || !hash || !read_name(slash + 1, &half)) {
		snprintf(what, n, "the line names an upload that can't be one");
		return false;
	}
	note_upload(form, half);
	int opened = open_named_upload(form, file);
	int64_t size = opened < 0 ? -1 : hash_file(form->findings, opened, named, hex);
	file_close(opened);
	if (size < 0) {
		bool missing = opened < 0 && errno == ENOENT;
		snprintf(what, n, "the upload %s %s%s", named, missing ? "is missing" : "can't be read: ", missing ? "" : strerror(errno));
		return false;
	}
	if (size != json_integer_value(json_object_get(file, "size")) || strcmp(hex, hash) != 0) {
		snprintf(what, n, "the upload %s has other content than was sent", named);
		return false;
	}
	form->findings->uploads++;
	return true;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static int find_orphan(void *context, const char *path, const struct stat *status)
{
	struct checked_form *form = context;
	const char *name = strrchr(path, '/') + 1, *below = path + strlen(form->data) + 1;
	bool incoming = strstr(below, "/files/incoming/") != NULL;
	uint64_t half = 0;
	if (S_ISDIR(status->st_mode))
		return TREE_ON;
	bool upload = read_name(name, &half);
	if (upload && form->uploads_n && bsearch(&half, form->uploads, form->uploads_n, sizeof half, by_number))
		return TREE_ON;
	if (status->st_mtime > form->begun - (incoming ? HOUR : SLACK))
		return TREE_ON;
	if (!upload)
		findings_add(form->findings, FINDING_NOTE, below, FINDING_WHOLE, "the file is not an upload",
			"Remove it, unless you put it there.");
	else if (incoming)
		findings_add(form->findings, FINDING_NOTE, below, FINDING_WHOLE, "no line names the upload: its post was not kept",
			"The next upload of another day removes it.");
	else
		findings_add(form->findings, FINDING_DAMAGE, below, FINDING_WHOLE, "no line names the upload",
			"Put the log of that day back from a backup; if its outcome was erased, remove the file.");
	return TREE_ON;
}

void verify_upload_orphans(struct checked_form *form)
{
	char folder[PATH_MAX];
	if (form->uploads_n)
		qsort(form->uploads, form->uploads_n, sizeof *form->uploads, by_number);
	snprintf(folder, sizeof folder, "%s/%s/files", form->data, form->form);
	if (tree_each(folder, find_orphan, form) < 0 && errno != ENOENT && errno != ENOTDIR)
		findings_add(form->findings, FINDING_DAMAGE, folder + strlen(form->data) + 1, FINDING_WHOLE, strerror(errno),
			"Mend what keeps the folder from being read, and verify again.");
	free(form->uploads);
	form->uploads = NULL;
	form->uploads_n = form->uploads_room = 0;
}

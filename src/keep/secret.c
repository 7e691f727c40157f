/*
 * DATA/secret, mode 0600. It is written as a draft and linked into place: if two processes make it at once, one wins, and nobody
 * reads half of it. A process that dies meanwhile leaves its draft, which may be a second link to the secret. Drafts older than an
 * hour are removed when a secret is made, or read and found to have two links.
 */
#define _XOPEN_SOURCE 700 /* mkstemp */
#include "keep/secret.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/path.h"

#define DRAFT ".secret."

_Static_assert(SECRET_BYTES == crypto_kdf_KEYBYTES, "the secret is a master key for crypto_kdf");
_Static_assert(SECRET_KEY_BYTES >= crypto_kdf_BYTES_MIN, "crypto_kdf makes keys of that size");

static void remove_old_drafts(const char *data)
{
	char left[PATH_MAX];
	struct stat status;
	DIR *folder = opendir(data);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (strncmp(entry->d_name, DRAFT, sizeof DRAFT - 1) == 0 && path_write(left, data, "/", entry->d_name, NULL) == 0 &&
			file_is_left_over(left, &status))
			unlink(left);
	if (folder)
		closedir(folder);
}

static int fill(int file)
{
	unsigned char bytes[SECRET_BYTES];
	randombytes_buf(bytes, sizeof bytes);
	int failed = file_write(file, (const char *)bytes, sizeof bytes);
	sodium_memzero(bytes, sizeof bytes);
	return failed ? -1 : file_flush(file);
}

/*
 * Makes the folder and its secret. The folder's name is made durable first, even if the folder was there: once there is a secret,
 * other processes rely on that, and the sandbox may keep them from the folder above.
 */
static int secret_make(const char *data, const char *path)
{
	char temporary[PATH_MAX], above[PATH_MAX];
	if (folder_make(data) < 0 || path_write(temporary, data, "/", DRAFT "XXXXXX", NULL) < 0 ||
		path_write(above, data, "/", "..", NULL) < 0 || (folder_sync(above) < 0 && errno != EACCES))
		return -1;
	remove_old_drafts(data);
	mode_t mask = umask(S_IRWXG | S_IRWXO);
	umask(mask);
	int file = mkstemp(temporary); /* mode 0600 */
	if (file < 0)
		return -1;
	int failed = fchmod(file, 0640 & ~mask) | fill(file); /* a group that may read the logs needs the secret to back them up */
	failed |= close(file);
	if (!failed && link(temporary, path) < 0 && errno != EEXIST)
		failed = -1;
	int reason = errno;
	unlink(temporary);
	errno = reason;
	return failed ? -1 : folder_sync(data);
}

static int secret_read(struct secret *into, const char *path)
{
	struct secret secret;
	struct stat status;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	ssize_t n = read(file, secret.bytes, sizeof secret.bytes);
	int failed = n < 0 ? -1 : fstat(file, &status);
	if (!failed && (n != SECRET_BYTES || status.st_size != SECRET_BYTES)) {
		errno = EILSEQ;
		failed = -1;
	}
	if (!failed) {
		secret.device = status.st_dev;
		secret.inode = status.st_ino;
		secret.owner = status.st_uid;
		secret.changed = status.st_mtim;
		secret.fits = false;
		*into = secret;
	}
	file_close(file);
	return failed;
}

/* Tells whether a file of a form depends on the secret: a log, also if it was compressed, or the note of one that was archived. */
static bool depends_on_secret(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	bool note = strstr(name, ".archived") != NULL;
	return (note || strstr(name, ".jsonl")) && path_write(path, folder, "/", name, NULL) == 0 && stat(path, &status) == 0 &&
		S_ISREG(status.st_mode) && (note || status.st_size > 0);
}

static bool has_log(const char *folder)
{
	bool found = false;
	DIR *names = opendir(folder);
	for (struct dirent *entry; names && !found && (entry = readdir(names));)
		found = depends_on_secret(folder, entry->d_name);
	if (names)
		closedir(names);
	return found;
}

static bool is_missing(const char *path)
{
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* Looks for the secret again at the end: another process may have made it, and kept the first outcome, in the meantime. */
bool secret_is_lost(const char *data)
{
	char secret[PATH_MAX], path[PATH_MAX];
	bool found = false;
	if (path_write(secret, data, "/", "secret", NULL) < 0 || !is_missing(secret))
		return false;
	DIR *forms = opendir(data);
	for (struct dirent *entry; forms && !found && (entry = readdir(forms));)
		found = entry->d_name[0] != '.' && path_write(path, data, "/", entry->d_name, NULL) == 0 && has_log(path);
	if (forms)
		closedir(forms);
	return found && is_missing(secret);
}

/* Tells whether files that this process makes are of use to the owner of the secret, or of the data folder if root sees no secret yet. */
static bool fits_owner(const char *data, const struct stat *secret)
{
	struct stat folder;
	if (secret)
		return secret->st_uid == geteuid();
	return geteuid() != 0 || stat(data, &folder) < 0 || folder.st_uid == 0;
}

static bool is_read_from(const struct secret *secret, const struct stat *file)
{
	return file->st_dev == secret->device && file->st_ino == secret->inode && file->st_uid == secret->owner &&
		file->st_mtim.tv_sec == secret->changed.tv_sec && file->st_mtim.tv_nsec == secret->changed.tv_nsec;
}

int secret_load(struct secret *secret, const char *data, bool make)
{
	char path[PATH_MAX];
	struct stat status;
	if (path_write(path, data, "/", "secret", NULL) < 0)
		return -1;
	int missing = stat(path, &status);
	if (missing && (errno != ENOENT || !make))
		return -1;
	if (!missing && (secret->fits || !make) && is_read_from(secret, &status))
		return 0;
	if (make && !fits_owner(data, missing ? NULL : &status))
		return errno = EPERM, -1;
	if (missing && secret_is_lost(data))
		return errno = ENODATA, -1;
	if (missing && secret_make(data, path) < 0)
		return -1;
	if (!missing && status.st_nlink > 1)
		remove_old_drafts(data);
	if (secret_read(secret, path) < 0)
		return -1;
	secret->fits = make;
	return 0;
}

int secret_try(struct secret *secret, const char *data)
{
	char path[PATH_MAX];
	struct stat status;
	if (path_write(path, data, "/", "secret", NULL) < 0)
		return -1;
	int missing = stat(path, &status);
	if (missing && errno != ENOENT)
		return -1;
	if (!fits_owner(data, missing ? NULL : &status))
		return errno = EPERM, -1;
	if (missing)
		return secret_is_lost(data) ? (errno = ENODATA, -1) : 0;
	return secret_load(secret, data, false);
}

int secret_renew(const char *data)
{
	char path[PATH_MAX];
	if (!fits_owner(data, NULL))
		return errno = EPERM, -1;
	return path_write(path, data, "/", "secret", NULL) < 0 ? -1 : secret_make(data, path);
}

bool secret_is_own(const char *data)
{
	char path[PATH_MAX];
	struct stat status;
	if (path_write(path, data, "/", "secret", NULL) < 0 || stat(path, &status) < 0 || status.st_uid == geteuid())
		return true;
	diag_error("%s belongs to another user (%ju): run this as that user", path, (uintmax_t)status.st_uid);
	return false;
}

void secret_key(const struct secret *secret, enum secret_use use, unsigned char key[SECRET_KEY_BYTES])
{
	crypto_kdf_derive_from_key(key, SECRET_KEY_BYTES, use, "seeother", secret->bytes);
}

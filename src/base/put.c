/*
 * symlink(2) and mkdir(2) alone would do, but not on GlusterFS: a brick where somebody looks for the name while it is being made may answer
 * that it is there already, and remove it. If another brick is down, the name is broken then: of 800 links that six processes looked for
 * and made, 20 were. So each is made under a name that nobody looks for. A link gets the other one by link(2); a folder by rename(2), which
 * doesn't replace a folder with something in it.
 */
#include "base/put.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

enum { OWN_BYTES = 12, OWN_TEXT = 16 };

#define MADE "/.made"

_Static_assert(sodium_base64_ENCODED_LEN(OWN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == OWN_TEXT + 1, "an own name fits");

/* Writes the path of a name in the same folder that nobody else has. Returns -1 and errno if it doesn't fit. */
static int write_own_name(char own[PATH_MAX], const char *path)
{
	unsigned char bytes[OWN_BYTES];
	char text[OWN_TEXT + 1];
	const char *slash = strrchr(path, '/');
	random_take(bytes, sizeof bytes);
	sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	int n = snprintf(own, PATH_MAX, "%.*s.%s", slash ? (int)(slash + 1 - path) : 0, path, text);
	if (n < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int put_link(int at, const char *path, const char *text, bool tidy)
{
	char own[PATH_MAX];
	if (write_own_name(own, path) < 0 || symlinkat(text, at, own) < 0)
		return -1;
	int failed = linkat(at, own, at, path, 0), reason = errno;
	if (tidy)
		unlinkat(at, own, 0);
	errno = reason;
	return failed;
}

int put_folder(int at, const char *path, mode_t mode)
{
	char own[PATH_MAX], made[PATH_MAX + sizeof MADE];
	if (write_own_name(own, path) < 0 || mkdirat(at, own, mode) < 0)
		return -1;
	snprintf(made, sizeof made, "%s%s", own, MADE);
	int failed = symlinkat("-", at, made) < 0 || renameat(at, own, at, path) < 0 ? -1 : 0;
	int reason = errno == ENOTEMPTY || errno == ENOTDIR ? EEXIST : errno;
	if (failed)
		put_folder_back(at, own);
	errno = reason;
	return failed;
}

void put_folder_back(int at, const char *path)
{
	char made[PATH_MAX + sizeof MADE];
	snprintf(made, sizeof made, "%s%s", path, MADE);
	unlinkat(at, made, 0);
	unlinkat(at, path, AT_REMOVEDIR);
}

/*
 * symlink(2) alone would do, but not on GlusterFS: a brick where somebody looks for the name while it is being made may answer that it is
 * there already, and remove it. If another brick is down, the name is broken then: of 800 names that six processes looked for and made,
 * 20 were. So the link is made under a name that nobody looks for, and link(2) gives it the other one.
 *
 * Folders are made by mkdir(2), of which 6 of 600 were broken in the same way: when they were renamed into place instead, GlusterFS could
 * not heal a brick that had been down meanwhile.
 */
#include "base/put.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"

enum { OWN_BYTES = 12, OWN_TEXT = 16 };

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

/* Preloaded: a file system that lets two processes make the same symbolic link, and tells both that it was theirs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

int symlink(const char *text, const char *path)
{
	static int (*next)(const char *, const char *);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "symlink");
	int failed = next(text, path);
	return failed && errno == EEXIST ? 0 : failed;
}

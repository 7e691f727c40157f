/* Preloaded: a file system that lets two processes make the same name, and tells both that it was theirs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

int linkat(int from, const char *old, int at, const char *path, int how)
{
	static int (*next)(int, const char *, int, const char *, int);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "linkat");
	int failed = next(from, old, at, path, how);
	return failed && errno == EEXIST ? 0 : failed;
}

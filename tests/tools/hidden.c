/* Preloaded: a folder that doesn't list names that begin with $HIDDEN, though they can be opened. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct dirent *readdir(DIR *folder)
{
	static struct dirent *(*next)(DIR *);
	const char *hidden = getenv("HIDDEN");
	struct dirent *entry;
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "readdir64");
	while ((entry = next(folder)) && hidden && strncmp(entry->d_name, hidden, strlen(hidden)) == 0)
		;
	return entry;
}

/*
 * Loaded before the program (LD_PRELOAD), makes its flushes lie in the way that LIE names: so what finds faults can be seen to
 * find them.
 *
 *   LIE=nothing  fdatasync does nothing
 *   LIE=all      fdatasync and fsync do nothing
 *   LIE=upload   fsync of an upload does nothing; that of a folder is left
 *   LIE=later    fdatasync returns at once, and is done a fifth of a second later: the answer is out before the flush
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool lies(const char *how)
{
	const char *lie = getenv("LIE");
	return lie && strcmp(lie, how) == 0;
}

/* Calls the C library's own function of that name. */
static int honest(const char *name, int file)
{
	int (*function)(int);
	*(void **)&function = dlsym(RTLD_NEXT, name);
	return function ? function(file) : -1;
}

static void *flush_later(void *context)
{
	int file = (int)(intptr_t)context;
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	honest("fdatasync", file);
	close(file);
	return NULL;
}

int fdatasync(int file)
{
	pthread_t thread;
	if (lies("nothing") || lies("all"))
		return 0;
	if (!lies("later"))
		return honest("fdatasync", file);
	if (pthread_create(&thread, NULL, flush_later, (void *)(intptr_t)dup(file)) == 0)
		pthread_detach(thread);
	return 0;
}

static bool is_upload(int file)
{
	char link[64], path[4096];
	struct stat status;
	snprintf(link, sizeof link, "/proc/self/fd/%d", file);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	return fstat(file, &status) == 0 && S_ISREG(status.st_mode) && strstr(path, "/files/incoming/");
}

int fsync(int file)
{
	return lies("all") || (lies("upload") && is_upload(file)) ? 0 : honest("fsync", file);
}

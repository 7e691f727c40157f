/* A folder of a test program's own, gone at its end; with code, since each program is one file. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static char scratch[PATH_MAX / 4];

/* A group's setup. */
static int scratch_make(void **state)
{
	const char *above = getenv("TMPDIR");
	(void)state;
	snprintf(scratch, sizeof scratch, "%s/seeother-unit-XXXXXX", above && *above ? above : "/tmp");
	return mkdtemp(scratch) ? 0 : -1;
}

static int scratch_unlink(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

/* Its teardown. */
static int scratch_remove(void **state)
{
	enum { OPEN_FOLDERS = 8 };
	(void)state;
	return nftw(scratch, scratch_unlink, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

#endif

/*
 * LOCAL/refusals (refusals.NODE on a named node), where LOCAL is the data folder unless "local" is set: a mark, then a number for each
 * status, all of 8 bytes in the order of this processor. Processes share it in memory and add to it without a lock. A file with another
 * mark is damaged or comes from a processor of another byte order, and is made anew. It may be deleted while no process runs.
 */
#include "keep/refusals.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { MODE = 0640 };

#define MARK UINT64_C(0x7265667573616c31)

struct numbers {
	uint64_t mark;
	_Atomic uint64_t counts[REFUSALS_STATUSES];
};

/* Words that are not lock-free can't be shared between processes. */
static const bool usable = ATOMIC_LLONG_LOCK_FREE == 2;

static void refusals_path(const struct config *config, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/refusals%s%s", config->local, *config->node ? "." : "", config->node);
}

static bool has_mark(int file)
{
	uint64_t mark = 0;
	return pread(file, &mark, sizeof mark, 0) == (ssize_t)sizeof mark && mark == MARK;
}

/* Tells whether files that this process makes in a folder are of use to its owner: root makes none among those of another user. */
static bool may_make_files(const char *folder)
{
	struct stat status;
	return stat(folder, &status) == 0 && status.st_uid == geteuid();
}

/* Replaces the file rather than its content, since other processes may share the old one. Two that do so at once lose a count. */
static int make_numbers(const char *path)
{
	static const struct numbers none = {.mark = MARK};
	unlink(path);
	int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
	if (file < 0)
		return -1;
	if (file_reserve(file, sizeof none) == 0 && pwrite(file, &none, sizeof none, 0) == (ssize_t)sizeof none)
		return file;
	close(file);
	return -1;
}

static void map_numbers(struct refusals *refusals, const struct config *config)
{
	char path[PATH_MAX];
	refusals_path(config, path);
	int file = open(path, O_RDWR | O_CLOEXEC);
	if (file < 0 || !has_mark(file)) {
		file_close(file);
		file = may_make_files(config->local) ? make_numbers(path) : -1;
	}
	if (file >= 0)
		mapping_open(&refusals->mapping, file, sizeof(struct numbers));
	file_close(file);
}

void refusals_count(struct refusals *refusals, const struct config *config, int status)
{
	if (!usable || status < REFUSALS_FIRST || status > REFUSALS_LAST)
		return;
	if (!refusals->mapping.bytes)
		map_numbers(refusals, config);
	if (refusals->mapping.bytes)
		atomic_fetch_add(&((struct numbers *)(void *)refusals->mapping.bytes)->counts[status - REFUSALS_FIRST], 1);
}

void refusals_read(const struct config *config, uint64_t counts[REFUSALS_STATUSES])
{
	char path[PATH_MAX];
	struct numbers numbers = {.mark = 0};
	refusals_path(config, path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	bool read = file >= 0 && pread(file, &numbers, sizeof numbers, 0) == (ssize_t)sizeof numbers && numbers.mark == MARK;
	file_close(file);
	for (size_t i = 0; i < REFUSALS_STATUSES; i++)
		counts[i] = read ? numbers.counts[i] : 0;
}

void refusals_end(struct refusals *refusals)
{
	mapping_close(&refusals->mapping);
}

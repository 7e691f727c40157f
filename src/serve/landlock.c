/* See landlock(7). A rule belongs to the inode of a folder, not to its name. */
#define _GNU_SOURCE /* syscall, O_PATH */
#include "serve/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

/* REFER and TRUNCATE by number: the headers may be older than the running kernel. */
enum {
	REFER = 1u << 13,
	TRUNCATE = 1u << 14,
	LIST = LANDLOCK_ACCESS_FS_READ_DIR,
	READ = LIST | LANDLOCK_ACCESS_FS_READ_FILE,
	WRITE = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | REFER | TRUNCATE,
	HANDLED = WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
};

/* Version 2 brought REFER, without which no file can be renamed into another folder; version 3 brought TRUNCATE. */
enum { VERSION_LEAST = 2, VERSION_TRUNCATE = 3 };

int landlock_begin(struct landlock *landlock)
{
	landlock->rules = -1;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < VERSION_LEAST) {
		errno = version < 0 && errno != ENOSYS ? errno : EOPNOTSUPP;
		return -1;
	}
	landlock->handled = version < VERSION_TRUNCATE ? HANDLED & ~(uint32_t)TRUNCATE : HANDLED;
	struct landlock_ruleset_attr handled = {.handled_access_fs = landlock->handled};
	landlock->rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	return landlock->rules < 0 ? -1 : 0;
}

int landlock_allow(const struct landlock *landlock, const char *path, enum landlock_access access)
{
	static const uint32_t rights[] = {[LANDLOCK_LIST] = LIST,
		[LANDLOCK_READ] = READ,
		[LANDLOCK_WRITE] = WRITE,
		[LANDLOCK_CLAIM] = WRITE | LANDLOCK_ACCESS_FS_MAKE_SYM};
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -2 : -1;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights[access] & landlock->handled, .parent_fd = folder};
	if (syscall(SYS_landlock_add_rule, landlock->rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return folder;
	file_close(folder);
	return -2;
}

int landlock_enter(const struct landlock *landlock)
{
	return syscall(SYS_landlock_restrict_self, landlock->rules, 0) < 0 ? -1 : 0;
}

void landlock_end(struct landlock *landlock)
{
	file_close(landlock->rules);
	landlock->rules = -1;
}

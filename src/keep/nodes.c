/* put_link makes a name with its text in one step, or finds it there: of two hosts that take a name at once, one gets it. */
#define _XOPEN_SOURCE 700
#include "keep/nodes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file_system.h"
#include "base/folder.h"
#include "base/host.h"
#include "base/put.h"

static void write_folder(const char *data, char folder[PATH_MAX])
{
	snprintf(folder, PATH_MAX, "%s/.nodes", data);
}

/* Reads which host has a name: 0, or -1 and errno, ENOENT if none has it yet. */
static int read_holder(const char *path, char holder[HOST_NAME])
{
	ssize_t n = readlink(path, holder, HOST_NAME - 1);
	holder[n > 0 ? n : 0] = '\0';
	return n < 0 ? -1 : 0;
}

/* Takes a name that no host has: 0, also if another host takes it at the same time; -1 and errno. */
static int take_name(const char *folder, const char *path, const char *host)
{
	int failed = put_link(AT_FDCWD, path, host, true);
	if (failed && errno == ENOENT && folder_make(folder) == 0)
		failed = put_link(AT_FDCWD, path, host, true);
	return failed && errno != EEXIST ? -1 : folder_sync(folder);
}

/* Looks whose name it is; takes it, if take is set and no host has it. */
static int look_at_name(const struct config *config, bool take)
{
	char folder[PATH_MAX], path[PATH_MAX], holder[HOST_NAME];
	write_folder(config->data, folder);
	int failed = (size_t)snprintf(path, sizeof path, "%s/.nodes/%s", config->data, config->node) < sizeof path ? 0 : -1;
	if (!failed)
		failed = read_holder(path, holder);
	if (failed && errno == ENOENT && !take)
		return 0;
	if (failed && errno == ENOENT)
		failed = take_name(folder, path, config->host) < 0 ? -1 : read_holder(path, holder);
	if (failed) {
		diag_system("%s: the name of this node can't be taken", path);
		return -1;
	}
	if (strcmp(holder, config->host) == 0)
		return 0;
	diag_error("%s: another host has this name (%s; this one is %s): give each host a node of its own, or remove the link if this "
		   "host has taken the place of that one",
		path, holder, config->host);
	return -1;
}

int nodes_enter(const struct config *config)
{
	return look_at_name(config, true);
}

int nodes_try(const struct config *config)
{
	return look_at_name(config, false);
}

bool nodes_known(const char *data, const char *node)
{
	char path[PATH_MAX], holder[HOST_NAME];
	return (size_t)snprintf(path, sizeof path, "%s/.nodes/%s", data, node) < sizeof path && read_holder(path, holder) == 0;
}

int nodes_allow_unnamed(const char *data)
{
	char folder[PATH_MAX];
	const char *shared = file_system_shared(data);
	write_folder(data, folder);
	bool others = access(folder, F_OK) == 0;
	if (!others && !shared)
		return 0;
	if (others)
		diag_error("%s is there, so several hosts share the data folder: give this one a name too, with \"node\"", folder);
	else
		diag_error("%s is on %s, which hosts share: give each of them a name, with \"node\"", data, shared);
	errno = EPERM;
	return -1;
}

void nodes_each_other(const struct config *config, void (*take)(void *context, const char *node), void *context)
{
	char folder[PATH_MAX];
	write_folder(config->data, folder);
	DIR *names = opendir(folder);
	for (struct dirent *entry; names && (entry = readdir(names));)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, config->node) != 0)
			take(context, entry->d_name);
	if (names)
		closedir(names);
}

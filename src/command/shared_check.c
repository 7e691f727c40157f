/*
 * Two processes make the same names at once, since a key belongs to whoever makes its name; a file's time is compared with this host's
 * clock.
 */
#define _XOPEN_SOURCE 700
#include "command/shared_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/file_system.h"
#include "base/folder.h"
#include "base/put.h"
#include "command/data_report.h"
#include "command/gluster_check.h"
#include "keep/nodes.h"

enum { NAMES = 200, CLOCK_OFF = 2 };

/* --- names --------------------------------------------------------------------------------------------------------- */

static const char *trial_name(const struct data_report *report, const char *folder, int i)
{
	return text_printed(report->faults->arena, "%s/%d", folder, i);
}

/* Makes all names that nobody has made yet, and gives how many; -1 and errno on failure. */
static int make_names(const struct data_report *report, const char *folder, const char *maker)
{
	int won = 0;
	for (int i = 0; i < NAMES; i++)
		if (put_link(AT_FDCWD, trial_name(report, folder, i), maker, true) == 0)
			won++;
		else if (errno != EEXIST)
			return -1;
	return won;
}

/* Gives how many names lead to a maker. */
static int count_names(const struct data_report *report, const char *folder, const char *maker)
{
	char text[16];
	int n = 0;
	for (int i = 0; i < NAMES; i++) {
		ssize_t length = readlink(trial_name(report, folder, i), text, sizeof text);
		n += length == (ssize_t)strlen(maker) && memcmp(text, maker, (size_t)length) == 0;
	}
	return n;
}

/* Has two processes make the same names at once; says so if a name was made by both, or by neither. */
static void race_names(const struct data_report *report, const char *folder)
{
	int status = 0;
	pid_t other = fork();
	if (other == 0)
		_exit(make_names(report, folder, "other") < 0);
	int own = make_names(report, folder, "own"), reason = errno;
	if (other < 0 || waitpid(other, &status, 0) != other || status || own < 0)
		data_report_warning(report, "%s: links can't be tried there: %s", folder, own < 0 ? strerror(reason) : "no process");
	else if (count_names(report, folder, "own") != own || count_names(report, folder, "other") != NAMES - own)
		data_report_fault(report,
			"%s: two processes can make the same name, so one key could be two outcomes: this file system is not fit for several hosts",
			folder);
	for (int i = 0; i < NAMES; i++)
		unlink(trial_name(report, folder, i));
}

/* --- time ---------------------------------------------------------------------------------------------------------- */

/* Compares the time that the file system gives a new file with the clock. */
static void compare_clocks(const struct data_report *report, const char *folder)
{
	struct stat status;
	time_t before = time(NULL);
	if (stat(folder, &status) < 0)
		return;
	time_t off = status.st_mtime - before;
	if (off > CLOCK_OFF || off < -CLOCK_OFF)
		data_report_fault(report, "the clock of the file system is %lld seconds %s this host's: set both by NTP",
			(long long)(off < 0 ? -off : off), off < 0 ? "behind" : "ahead of");
}

/* --- options ------------------------------------------------------------------------------------------------------- */

/* Writes the folder at which the file system of a path is mounted. */
static void find_mount(const char *path, char mount[PATH_MAX])
{
	struct stat here, above;
	char parent[PATH_MAX];
	if (!realpath(path, mount) || stat(mount, &here) < 0)
		strcpy(mount, "/");
	while (strcmp(mount, "/") != 0) {
		snprintf(parent, sizeof parent, "%s", mount);
		*strrchr(parent, '/') = '\0';
		if (stat(*parent ? parent : "/", &above) < 0 || above.st_dev != here.st_dev)
			return;
		strcpy(mount, *parent ? parent : "/");
	}
}

/* --- all of it ----------------------------------------------------------------------------------------------------- */

static void try_names(const struct data_report *report, const char *data)
{
	char *folder = text_printed(report->faults->arena, "%s/.check.XXXXXX", data);
	if (!mkdtemp(folder)) {
		data_report_warning(report, "%s: a folder can't be made there: %s", data, strerror(errno));
		return;
	}
	compare_clocks(report, folder);
	race_names(report, folder);
	rmdir(folder);
}

void shared_check(const struct config *config, struct text *faults, struct text *warnings)
{
	struct data_report report = {config, faults, warnings};
	char data[PATH_MAX], mount[PATH_MAX];
	folder_nearest(config->data, data);
	const char *shared = file_system_shared(data);
	if (shared && !*config->node)
		data_report_fault(&report, "%s is on %s, which hosts share: give each of them a name, with \"node\"", config->data, shared);
	if (!*config->node || access(data, W_OK) < 0)
		return;
	if (nodes_try(config) < 0)
		data_report_fault(
			&report, "another host has the name \"%s\", as %s/.nodes/%s tells", config->node, config->data, config->node);
	if (shared && config->local == config->data)
		data_report_warning(
			&report, "set \"local\" to a folder of this host, such as /run/seeother: memory is not shared well on %s", shared);
	try_names(&report, data);
	if (shared && strcmp(shared, "GlusterFS") == 0) {
		find_mount(data, mount);
		gluster_check(&report, mount);
	}
	if (shared && strcmp(shared, "CephFS") == 0)
		data_report_warning(
			&report, "how soon CephFS replaces a server that died can't be found out from here: see CephFS in docs/hosts.md");
	if (shared)
		data_report_warning(&report,
			"whether another host sees at once what this one writes can't be found out here: run this on each of them");
	else
		data_report_warning(&report,
			"%s is on no file system that is known to be shared; with one host alone, \"node\" is not needed", config->data);
}

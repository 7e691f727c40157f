/*
 * Each mount of GlusterFS shows its client as files below .meta, which everybody may read: a folder for each part in graphs/active, named
 * VOLUME-PART, with its options, and the command line. The daemon that heals is another process, of which a client doesn't know.
 */
#include "command/gluster_check.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PING_SECONDS = 20, CONTENT_MOST = 65536 };

/* Reads a file below .meta as a string without the newline at its end; NULL if it can't be read. Such files tell no size. */
static const char *read_meta(const struct data_report *report, const char *path)
{
	char *text = arena_take(report->faults->arena, CONTENT_MOST);
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, CONTENT_MOST - 1, file) : 0;
	bool failed = !file || ferror(file);
	if (file)
		fclose(file);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return failed ? NULL : text;
}

/* Gives the length of the volume's name in front of a part's, or 0 if it is another part. */
static int volume_length(const char *name, const char *part)
{
	size_t n = strlen(name), ending = strlen(part);
	return n > ending && strcmp(name + n - ending, part) == 0 ? (int)(n - ending) : 0;
}

/* Says if a part keeps in memory what another host may have changed. */
static void check_client_part(const struct data_report *report, const char *name)
{
	static const struct {
		const char *part, *option;
	} parts[] = {
		{"-md-cache", "stat-prefetch"}, {"-quick-read", "quick-read"}, {"-io-cache", "io-cache"}, {"-open-behind", "open-behind"}};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		int volume = volume_length(name, parts[i].part);
		if (volume)
			data_report_fault(report,
				"GlusterFS shows what another host has changed only after a while: gluster volume set %.*s performance.%s off",
				volume, name, parts[i].option);
	}
}

/* Reads the time in force from the part's own state: what is listed as its options is still what it was mounted with. */
static bool read_ping(const char *path, unsigned long long *seconds)
{
	char line[256];
	bool found = false;
	FILE *file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof line, file))
		found = sscanf(line, "ping_timeout = %llu", seconds) == 1;
	if (file)
		fclose(file);
	return found;
}

/* Says if all posts wait for long when a host vanishes. The part is the client of the first brick. */
static void check_ping(const struct data_report *report, const char *graph, const char *name)
{
	int volume = volume_length(name, "-client-0");
	unsigned long long seconds;
	if (!volume)
		return;
	if (!read_ping(text_printed(report->faults->arena, "%s/%s/private", graph, name), &seconds))
		data_report_warning(
			report, "how long GlusterFS waits for a host that vanishes can't be found out: see network.ping-timeout");
	else if (!seconds || seconds > PING_SECONDS)
		data_report_warning(report,
			"all posts wait for %llu s when a host vanishes: gluster volume set %.*s network.ping-timeout 5", seconds, volume,
			name);
}

/* Says if nothing decides which brick is right about a name after a power cut. The part is the first set of replicas. */
static void check_policy(const struct data_report *report, const char *graph, const char *name)
{
	int volume = volume_length(name, "-replicate-0");
	if (!volume)
		return;
	const char *policy = read_meta(report, text_printed(report->faults->arena, "%s/%s/options/favorite-child-policy", graph, name));
	if (!policy || strcmp(policy, "majority") != 0)
		data_report_warning(report,
			"a name can stay unreadable when all bricks have lost their power: gluster volume set %.*s cluster.favorite-child-policy majority, and mount it anew",
			volume, name);
}

/* Says which of the kernel's caches the mount has not switched off. */
static void check_mount(const struct data_report *report, const char *mount)
{
	static const char *const names[] = {"attribute-timeout", "entry-timeout", "negative-timeout"};
	const char *line = read_meta(report, text_printed(report->faults->arena, "%s/.meta/cmdline", mount));
	if (!line) {
		data_report_warning(report, "with which options %s is mounted can't be found out: %s", mount, strerror(errno));
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *word = text_printed(report->faults->arena, "--%s=0", names[i]), *found = strstr(line, word);
		char behind = found ? found[strlen(word)] : '0';
		if (!found || (behind != ' ' && behind != '"' && behind != '\0' && strncmp(found + strlen(word), ".0", 2) != 0))
			data_report_warning(report, "the kernel may show %s as it was a second ago: mount it with %s=0", mount, names[i]);
	}
}

void gluster_check(const struct data_report *report, const char *mount)
{
	const char *graph = text_printed(report->faults->arena, "%s/.meta/graphs/active", mount);
	DIR *names = opendir(graph);
	if (!names)
		data_report_warning(report, "what GlusterFS keeps in memory can't be found out: %s: %s", graph, strerror(errno));
	for (const struct dirent *entry; names && (entry = readdir(names));) {
		check_client_part(report, entry->d_name);
		check_ping(report, graph, entry->d_name);
		check_policy(report, graph, entry->d_name);
	}
	if (names)
		closedir(names);
	check_mount(report, mount);
	data_report_warning(
		report, "how soon GlusterFS heals a brick can't be found out from here: see cluster.heal-timeout in docs/hosts.md");
}

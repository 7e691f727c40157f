/* Finding config.ini. */
#include "config/config_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void config_path_find(char path[PATH_MAX])
{
	static const char name[] = "config.ini";
	const char *given = getenv("SEEOTHER_CONFIG");
	if (given && *given) {
		snprintf(path, PATH_MAX, "%s", given);
		return;
	}
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof name - 1);
	path[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (slash) {
		strcpy(slash + 1, name);
		if (access(path, F_OK) == 0 || errno != ENOENT)
			return;
	}
	snprintf(path, PATH_MAX, "%s", CONFIG_PATH_SYSTEM);
}

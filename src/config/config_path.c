/* Finding config.ini. */
#include "config/config_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"

static const char name[] = "config.ini";

/* Gives the path of the file beside the program; false if nothing tells where the program is. */
static bool path_beside_program(char path[PATH_MAX])
{
	char *slash = program_path(path) == 0 ? strrchr(path, '/') : NULL;
	if (!slash || (size_t)(slash - path) >= PATH_MAX - sizeof name - 1)
		return false;
	strcpy(slash + 1, name);
	return true;
}

void config_path_find(char path[PATH_MAX])
{
	const char *given = getenv("SEEOTHER_CONFIG");
	if (given && *given) {
		snprintf(path, PATH_MAX, "%s", given);
		return;
	}
	if (path_beside_program(path) && (access(path, F_OK) == 0 || errno != ENOENT))
		return;
	snprintf(path, PATH_MAX, "%s", CONFIG_PATH_SYSTEM);
}

bool config_path_explain(const char *file, char sentence[2 * PATH_MAX])
{
	char beside[PATH_MAX];
	const char *given = getenv("SEEOTHER_CONFIG");
	if (strcmp(file, CONFIG_PATH_SYSTEM) != 0 || (given && *given))
		return false;
	if (path_beside_program(beside))
		snprintf(sentence, 2 * PATH_MAX, "SEEOTHER_CONFIG is not set, and neither %s nor %s exists", beside, CONFIG_PATH_SYSTEM);
	else
		snprintf(sentence, 2 * PATH_MAX, "SEEOTHER_CONFIG is not set, nothing tells where the program is, and %s does not exist",
			CONFIG_PATH_SYSTEM);
	return true;
}

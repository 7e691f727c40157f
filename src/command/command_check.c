/* seeother check: reads config.ini as a request would, and tries what only trying can tell. */
#include "command/command_check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "base/path.h"
#include "base/text.h"
#include "config/config.h"
#include "config/config_check.h"
#include "config/config_load.h"
#include "config/config_path.h"

/* Tries whether the data folder can be written to, or made. */
static void try_data(const struct config *config, struct text *faults)
{
	const char *root = getenv("DOCUMENT_ROOT");
	if (root && *root && path_is_inside(config->data, root))
		text_format(faults, "%s: [seeother] data: %s is inside the document root %s\n", config->file, config->data, root);
	else if (folder_try(config->data) < 0)
		text_format(faults, "%s: [seeother] data: %s: %s\n", config->file, config->data, strerror(errno));
}

int command_check(int argc, char **argv)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct text faults = {.arena = &arena}, warnings = {.arena = &arena};
	if (argc)
		snprintf(path, sizeof path, "%s", argv[0]);
	else
		config_path_find(path);
	struct config *config = config_load(path, &faults);
	if (config) {
		config_check(config, &faults, &warnings);
		try_data(config, &faults);
	}
	int wrong = faults.length > 0;
	fputs(text_string(&warnings), stderr);
	if (wrong)
		fputs(faults.bytes, stderr);
	else
		printf("%s: fine, %zu form%s, data in %s\n", path, config->forms_n, config->forms_n == 1 ? "" : "s", config->data);
	config_free(config);
	arena_free(&arena);
	return wrong;
}

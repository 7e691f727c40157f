/* seeother check: reads config.ini as a request would, and tries what only trying can tell. */
#include "command/command_check.h"

#include <limits.h>
#include <stdio.h>

#include "base/text.h"
#include "command/data_check.h"
#include "command/shared_check.h"
#include "config/config.h"
#include "config/config_check.h"
#include "config/config_load.h"
#include "config/config_path.h"
#include "config/forms.h"

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
		forms_load(config, &faults);
		config_check(config, &faults, &warnings);
		data_check(config, &faults, &warnings);
		shared_check(config, &faults, &warnings);
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

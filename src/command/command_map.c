/* seeother map: the database of each map that a thing names. */
#include "command/command_map.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command/loaded.h"
#include "command/progress.h"
#include "keep/map.h"

/* Tells whether one of the first n things has that map. */
static bool map_is_built(const struct config *config, size_t n, const char *map)
{
	for (size_t i = 0; i < n; i++)
		if (config->things[i].map && strcmp(config->things[i].map, map) == 0)
			return true;
	return false;
}

static void show_lines(void *context, uintmax_t lines)
{
	progress_print(context, "%ju lines", lines);
}

int command_map(int argc, char **argv)
{
	struct loaded loaded;
	struct progress progress;
	const struct map_watch watch = {show_lines, &progress};
	(void)argc, (void)argv;
	progress_begin(&progress, "map", false);
	loaded_begin(&loaded);
	for (size_t i = 0; loaded.config && i < loaded.config->things_n; i++) {
		const char *map = loaded.config->things[i].map;
		long n = map && !map_is_built(loaded.config, i, map) ? map_make(map, &loaded.faults, &watch) : -1;
		progress_clear(&progress);
		if (n >= 0)
			printf("%s.cdb: %ld entries\n", map, n);
	}
	return loaded_end(&loaded, loaded.faults.length > 0);
}

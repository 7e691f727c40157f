/* Loading the configuration for a command, and letting it go again. */
#include "command/loaded.h"

#include <stdio.h>

#include "base/span.h"
#include "config/config_load.h"
#include "config/config_path.h"
#include "config/forms.h"

void loaded_begin(struct loaded *loaded)
{
	*loaded = (struct loaded){.config = NULL};
	loaded->faults = (struct text){.arena = &loaded->arena};
	config_path_find(loaded->path);
	loaded->config = config_load(loaded->path, &loaded->faults);
	if (loaded->config)
		forms_load(loaded->config, &loaded->faults);
	loaded->incomplete = loaded->faults.length > 0;
}

const struct form *loaded_form(const struct loaded *loaded, const char *name)
{
	const struct form *form = loaded->config ? config_form(loaded->config, span_of(name)) : NULL;
	if (loaded->config && !form)
		fprintf(stderr, "seeother: %s has no form \"%s\"\n", loaded->path, name);
	return form;
}

int loaded_end(struct loaded *loaded, int status)
{
	int result = loaded->config && (status || !loaded->incomplete) ? status : 1;
	fputs(text_string(&loaded->faults), stderr);
	config_free(loaded->config);
	arena_free(&loaded->arena);
	return result;
}

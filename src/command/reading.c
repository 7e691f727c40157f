/* What every command that reads outcomes begins and ends with. */
#include "command/reading.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/span.h"
#include "keep/store.h"

bool reading_begin(struct reading *reading)
{
	*reading = (struct reading){.now = time(NULL)};
	loaded_begin(&reading->loaded);
	if (!reading->loaded.config)
		return false;
	reading->has_secret = secret_load(&reading->secret, reading->loaded.config->data, false) == 0;
	if (reading->has_secret || errno == ENOENT || errno == ENOTDIR)
		return true;
	diag_system("%s/secret: can't be read", reading->loaded.config->data);
	return false;
}

bool reading_begin_to_write(struct reading *reading)
{
	if (!reading_begin(reading) || !secret_is_own(reading->loaded.config->data))
		return false;
	store_umask(reading->loaded.config);
	return true;
}

const struct form *reading_form(const struct reading *reading, const struct options *options, size_t i)
{
	const struct config *config = reading->loaded.config;
	if (options->form)
		return i == 0 ? config_form(config, span_of(options->form)) : NULL;
	return i < config->forms_n ? &config->forms[i] : NULL;
}

bool reading_has_form(const struct reading *reading, const struct options *options)
{
	return !options->form || loaded_form(&reading->loaded, options->form);
}

const struct form *reading_find(struct reading *reading, const char *id, struct selected *selected)
{
	const struct config *config = reading->loaded.config;
	for (size_t i = 0; reading->has_secret && i < config->forms_n; i++)
		if (selection_one(config, &config->forms[i], &reading->secret, span_of(id), reading->now, &reading->loaded.arena,
			    selected) == SELECTION_FOUND)
			return &config->forms[i];
	return NULL;
}

int reading_end(struct reading *reading, int status)
{
	return loaded_end(&reading->loaded, status);
}

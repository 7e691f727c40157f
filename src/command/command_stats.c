/* seeother stats: numbers of each form and of the data folder, for monitoring. */
#include "command/command_stats.h"

#include <stdio.h>

#include "command/outcome_print.h"
#include "command/reading.h"
#include "command/stats_print.h"

static int print_stats(struct reading *reading, const struct options *options)
{
	const struct config *config = reading->loaded.config;
	struct stats_form *forms = arena_take(&reading->loaded.arena, (config->forms_n + 1) * sizeof *forms);
	const struct form *form;
	struct stats_data data;
	size_t n = 0;
	int failed = stats_data_load(&data, config) < 0;
	while ((form = reading_form(reading, options, n))) {
		failed |= stats_form_load(&forms[n], config, form, reading->has_secret ? &reading->secret : NULL, reading->now,
				  &reading->loaded.arena) < 0;
		n++;
	}
	if (options->prometheus)
		stats_print_prometheus(stdout, config, &data, forms, n, reading->now);
	else
		stats_print_json(stdout, config, &data, forms, n, reading->now, outcome_print_to_person());
	return failed;
}

int command_stats(int argc, char **argv)
{
	struct options options;
	struct reading reading;
	if (!options_read(&options, "form json prometheus", argc, argv))
		return 2;
	if (options.words_n || (options.json && options.prometheus)) {
		fputs("usage: seeother stats [--form NAME] [--json | --prometheus]\n", stderr);
		return 2;
	}
	int status = 1;
	if (reading_begin(&reading) && reading_has_form(&reading, &options))
		status = print_stats(&reading, &options);
	return reading_end(&reading, status);
}

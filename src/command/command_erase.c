/* seeother erase: outcomes are erased, as thoroughly as when a visitor withdraws one. */
#include "command/command_erase.h"

#include <stdio.h>

#include "base/span.h"
#include "command/progress.h"
#include "command/reading.h"
#include "task/erasure.h"

/* Finishes an erasure that was cut short; false if there is none of that id. */
static bool finish_one(const struct reading *reading, const char *id)
{
	const struct config *config = reading->loaded.config;
	for (size_t i = 0; reading->has_secret && i < config->forms_n; i++)
		if (erasure_finish(config, &config->forms[i], &reading->secret, span_of(id)) > 0)
			return true;
	return false;
}

static int erase_one(struct reading *reading, const char *id)
{
	struct selected selected;
	const struct form *form = reading_find(reading, id, &selected);
	if (!form && finish_one(reading, id)) {
		printf("%s erased\n", id);
		return 0;
	}
	if (!form) {
		fprintf(stderr, "seeother: there is no outcome \"%s\"\n", id);
		return 1;
	}
	int failed = erasure_run(reading->loaded.config, form, &reading->secret, span_of(id), selected.record);
	if (failed)
		fprintf(stderr, "seeother: %s was not erased completely; try again\n", id);
	else
		printf("%s erased\n", id);
	json_decref((json_t *)(uintptr_t)selected.record);
	return failed ? 1 : 0;
}

int command_erase(int argc, char **argv)
{
	struct options options;
	struct reading reading;
	struct progress progress;
	if (!options_read(&options, "", argc, argv))
		return 2;
	int status = 1;
	if (reading_begin_to_write(&reading)) {
		status = 0;
		progress_begin(&progress, "erase", true);
		for (size_t i = 0; i < options.words_n; i++) {
			progress_print(&progress, "%zu of %zu", i + 1, options.words_n);
			status |= erase_one(&reading, options.words[i]);
		}
		progress_clear(&progress);
	}
	return reading_end(&reading, status);
}

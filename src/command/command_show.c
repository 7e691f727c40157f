/* seeother show: outcomes in full, by their ids. */
#include "command/command_show.h"

#include <stdio.h>

#include "command/outcome_print.h"
#include "command/reading.h"

static int show_one(struct reading *reading, const char *id, bool json)
{
	struct selected selected;
	const struct form *form = reading_find(reading, id, &selected);
	if (!form) {
		fprintf(stderr, "seeother: there is no outcome \"%s\"\n", id);
		return 1;
	}
	if (json)
		outcome_print_json(stdout, &selected);
	else
		outcome_print_whole(stdout, form, &selected);
	json_decref((json_t *)(uintptr_t)selected.record);
	return 0;
}

int command_show(int argc, char **argv)
{
	struct options options;
	struct reading reading;
	if (!options_read(&options, "json", argc, argv))
		return 2;
	bool json = options.json || !outcome_print_to_person();
	int status = 1;
	if (reading_begin(&reading)) {
		status = 0;
		for (size_t i = 0; i < options.words_n; i++) {
			if (i && !json)
				putchar('\n');
			status |= show_one(&reading, options.words[i], json);
		}
	}
	return reading_end(&reading, status);
}

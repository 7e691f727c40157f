/*
 * seeother person: everything that one e-mail address sent, over all forms, for a request of access or erasure (GDPR Articles 15
 * and 17). An outcome is a person's if one of its values is the address, whatever its case.
 */
#include "command/command_person.h"

#include <stdio.h>

#include "base/date.h"
#include "base/span.h"
#include "command/outcome_print.h"
#include "command/progress.h"
#include "command/reading.h"
#include "task/erasure.h"

static bool value_is_address(const json_t *value, struct span address)
{
	struct span text = {json_string_value(value), json_string_length(value)};
	return json_is_string(value) && span_same(span_trim(text), address);
}

static bool holds_address(json_t *object, struct span address)
{
	const char *name;
	json_t *value, *one;
	size_t i;
	json_object_foreach(object, name, value) {
		if (value_is_address(value, address))
			return true;
		json_array_foreach(value, i, one)
			if (value_is_address(one, address))
				return true;
	}
	return false;
}

/* Reads the next outcome with the address in it, and says on a terminal how far the search has got. */
static enum selection_found find_next(
	struct selection *selection, const struct form *form, struct progress *progress, struct selected *selected)
{
	enum selection_found found;
	char date[DATE_DAY];
	int64_t day;
	while ((found = selection_next(selection, progress->terminal ? 1 : 0, selected)) == SELECTION_PAUSED) {
		selection_cursor(selection, &day);
		date_day_write(date, day);
		progress_print(progress, "%s: back to %s", form->name, date);
	}
	return found;
}

/* Prints, or erases, what a person sent to one form. */
static int take_person(struct reading *reading, const struct form *form, const char *address, bool erase, struct progress *progress)
{
	const struct filter filter = {.spam = SELECTION_WITH_SPAM, .text = address};
	struct selected selected;
	enum selection_found found;
	int failed = 0;
	struct selection *selection = selection_open(reading->loaded.config, form, &reading->secret, &filter, reading->now);
	while ((found = find_next(selection, form, progress, &selected)) == SELECTION_FOUND) {
		if (!holds_address(json_object_get(selected.record, "fields"), span_of(address)) &&
			!holds_address(json_object_get(selected.record, "extra"), span_of(address)))
			continue;
		if (!erase)
			outcome_print_json(stdout, &selected);
		else if (erasure_run(reading->loaded.config, form, &reading->secret, span_of(selected.id), selected.record) < 0)
			failed = 1;
		else
			printf("%s %s erased\n", form->name, selected.id);
	}
	selection_close(selection);
	return failed || found == SELECTION_FAILED;
}

int command_person(int argc, char **argv)
{
	struct options options;
	struct reading reading;
	struct progress progress;
	if (!options_read(&options, "erase json", argc, argv))
		return 2;
	if (options.words_n != 1) {
		fputs("usage: seeother person ADDRESS [--erase]\n", stderr);
		return 2;
	}
	int status = 1;
	if (options.erase ? reading_begin_to_write(&reading) : reading_begin(&reading)) {
		status = 0;
		progress_begin(&progress, "person", true);
		for (size_t i = 0; reading.has_secret && i < reading.loaded.config->forms_n; i++)
			status |= take_person(&reading, &reading.loaded.config->forms[i], options.words[0], options.erase, &progress);
		progress_clear(&progress);
	}
	return reading_end(&reading, status);
}

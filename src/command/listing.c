/* Printing the outcomes of one form, or of each form after the other. */
#include "command/listing.h"

#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "command/outcome_print.h"
#include "command/reading.h"

enum { LIMIT_FOR_PEOPLE = 50 };

/* Prints those of one form; says where to go on if there are more than the limit. */
static int print_list(struct reading *reading, const struct form *form, const struct options *options, uint64_t limit, bool table)
{
	struct selected selected;
	enum selection_found found = SELECTION_END;
	char last[ID_LENGTH + 1] = "";
	uint64_t n = 0;
	struct selection *selection = selection_open(reading->loaded.config, form, &reading->secret, &options->filter, reading->now);
	if (options->before && !selection_resume(selection, span_of(options->before))) {
		fprintf(stderr, "seeother: form \"%s\" has no outcome %s\n", form->name, options->before);
		selection_close(selection);
		return 1;
	}
	while ((found = selection_next(selection, 0, &selected)) == SELECTION_FOUND && n < limit) {
		if (table)
			outcome_print_row(stdout, form, &selected);
		else
			outcome_print_json(stdout, &selected);
		memcpy(last, selected.id, sizeof last);
		n++;
	}
	if (found == SELECTION_FOUND && table)
		printf("More of them: --form %s --before %s\n", form->name, last);
	selection_close(selection);
	return found == SELECTION_FAILED;
}

int listing_print(const struct options *options)
{
	struct reading reading;
	const struct form *form;
	bool table = !options->json && outcome_print_to_person();
	uint64_t limit = options->limit == UINT64_MAX && table ? LIMIT_FOR_PEOPLE : options->limit;
	int status = 1;
	if (reading_begin(&reading) && reading_has_form(&reading, options)) {
		status = 0;
		for (size_t i = 0; reading.has_secret && (form = reading_form(&reading, options, i)); i++)
			status |= print_list(&reading, form, options, limit, table);
	}
	return reading_end(&reading, status);
}

/* seeother export: the outcomes of a form as CSV or JSON, the oldest first. */
#include "command/command_export.h"

#include <stdio.h>

#include "command/export.h"
#include "command/reading.h"

/* Finds what makes no sense together; prints it. */
static bool options_make_sense(const struct options *options)
{
	if (options->words_n != 1)
		fputs("usage: seeother export NAME [OPTION]...\n", stderr);
	else if (options->json && (options->excel || options->labels))
		fputs("seeother: --json has no headings and no byte order mark: leave out --excel and --labels\n", stderr);
	else
		return true;
	return false;
}

int command_export(int argc, char **argv)
{
	struct options options;
	struct reading reading;
	if (!options_read(&options, "from to spam only-spam unread starred field excel labels json", argc, argv) ||
		!options_make_sense(&options))
		return 2;
	const struct export_options export = {&options.filter, options.json, options.excel, options.labels};
	int status = 1;
	if (reading_begin(&reading)) {
		const struct form *form = loaded_form(&reading.loaded, options.words[0]);
		status = !form || export_print(reading.loaded.config, form, &reading.secret, &export, stdout) < 0;
	}
	return reading_end(&reading, status);
}

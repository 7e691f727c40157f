/* seeother export: the outcomes of a form as CSV or JSON, the oldest first. */
#include "command/command_export.h"

#include <stdio.h>

#include "command/progress.h"
#include "command/reading.h"
#include "keep/export.h"

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

static int write_out(void *context, const char *bytes, size_t n)
{
	(void)context;
	return fwrite(bytes, 1, n, stdout) == n ? 0 : -1;
}

static void show_progress(void *context, uintmax_t count)
{
	progress_print(context, "%ju outcomes", count);
}

static int export_form(const struct reading *reading, const struct form *form, const struct options *options)
{
	struct progress progress;
	const struct export_options export = {&options->filter, options->json, options->excel, options->labels, show_progress, &progress};
	progress_begin(&progress, "export", true);
	int failed = export_write(reading->loaded.config, form, &reading->secret, &export, &(struct export_sink){write_out, NULL});
	progress_clear(&progress);
	return failed;
}

int command_export(int argc, char **argv)
{
	struct options options;
	struct reading reading;
	if (!options_read(&options, "from to spam only-spam unread starred field excel labels json", argc, argv) ||
		!options_make_sense(&options))
		return 2;
	int status = 1;
	if (reading_begin(&reading)) {
		const struct form *form = loaded_form(&reading.loaded, options.words[0]);
		status = !form || export_form(&reading, form, &options) < 0;
	}
	return reading_end(&reading, status);
}

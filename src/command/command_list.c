/* seeother list: outcomes, the newest first. */
#include "command/command_list.h"

#include <stdio.h>

#include "command/listing.h"

int command_list(int argc, char **argv)
{
	struct options options;
	if (!options_read(&options, OPTIONS_FILTERS " before limit json", argc, argv))
		return 2;
	if (options.words_n) {
		fprintf(stderr, "seeother: list takes options only; \"seeother search %s\" looks for words\n", options.words[0]);
		return 2;
	}
	if (options.before && !options.form) {
		fputs("seeother: --before needs --form\n", stderr);
		return 2;
	}
	return listing_print(&options);
}

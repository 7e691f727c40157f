/* seeother search: outcomes that contain every one of some words. */
#include "command/command_search.h"

#include <stdio.h>

#include "base/text.h"
#include "command/listing.h"

int command_search(int argc, char **argv)
{
	struct options options;
	struct arena arena = {0};
	struct text words = {.arena = &arena};
	if (!options_read(&options, OPTIONS_FILTERS " before limit json", argc, argv))
		return 2;
	for (size_t i = 0; i < options.words_n; i++)
		text_format(&words, "%s%s", i ? " " : "", options.words[i]);
	options.filter.text = text_string(&words);
	int status = 2;
	if (!options.words_n)
		fputs("seeother: search needs a word to look for\n", stderr);
	else if (options.before && !options.form)
		fputs("seeother: --before needs --form\n", stderr);
	else
		status = listing_print(&options);
	arena_free(&arena);
	return status;
}

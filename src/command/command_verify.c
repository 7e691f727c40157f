/* seeother verify: reads all that is kept and says what is damaged. */
#include "command/command_verify.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "command/loaded.h"
#include "command/options.h"
#include "command/verify.h"

/* Says on a terminal what was read; a cron job that finds nothing says nothing. */
static void print_verdict(const struct findings *findings, const char *data)
{
	if (findings->progress.terminal)
		fprintf(stderr, "%s: %ju outcomes, %ju uploads, %ju marks, %ju unfinished jobs, %ju keys: %ju damaged, %ju to note\n", data,
			(uintmax_t)findings->outcomes, (uintmax_t)findings->uploads, (uintmax_t)findings->marks, (uintmax_t)findings->jobs,
			(uintmax_t)findings->keys, (uintmax_t)findings->damages, (uintmax_t)findings->notes);
}

int command_verify(int argc, char **argv)
{
	struct options options;
	struct loaded loaded;
	struct findings findings;
	if (!options_read(&options, "json", argc, argv))
		return 2;
	if (options.words_n > 1) {
		fputs("usage: seeother verify [--json] [FOLDER]\n", stderr);
		return 2;
	}
	loaded_begin(&loaded);
	const char *data = options.words_n ? options.words[0] : loaded.config ? loaded.config->data : NULL;
	findings_begin(&findings, stdout, options.json);
	bool nothing = !options.words_n && data && access(data, F_OK) < 0 && errno == ENOENT; /* nothing was posted yet */
	int failed = !data || (!nothing && verify_run(data, &findings) < 0);
	if (!failed)
		print_verdict(&findings, data);
	return loaded_end(&loaded, failed || findings.damages);
}

/* What spam and ham have in common. */
#include "command/judging.h"

#include <stdio.h>

#include "base/span.h"
#include "command/reading.h"
#include "task/judgement.h"
#include "task/worker_start.h"

/* Judges one outcome: 1 if it has tasks to run now, 0 if not, -1 with the reason printed or logged. */
static int judge_one(struct reading *reading, const char *id, bool spam)
{
	struct selected selected;
	const struct form *form = reading_find(reading, id, &selected);
	if (!form) {
		fprintf(stderr, "seeother: there is no outcome \"%s\"\n", id);
		return -1;
	}
	struct marked marked = {span_of(selected.id), selected.posted_suspect};
	int set = judgement_set(reading->loaded.config, form, &reading->secret, &marked, selected.mark.released, spam, "", reading->now);
	if (set >= 0)
		printf("%s %s\n", id, spam ? "is spam" : "is not spam");
	json_decref((json_t *)(uintptr_t)selected.record);
	return set;
}

int judging_run(int argc, char **argv, bool spam)
{
	struct options options;
	struct reading reading;
	bool has_work = false;
	if (!options_read(&options, "", argc, argv))
		return 2;
	int status = 1;
	if (reading_begin_to_write(&reading)) {
		status = 0;
		for (size_t i = 0; i < options.words_n; i++) {
			int set = judge_one(&reading, options.words[i], spam);
			has_work |= set > 0;
			status |= set < 0;
		}
		if (has_work)
			worker_start(reading.loaded.config);
	}
	return reading_end(&reading, status);
}

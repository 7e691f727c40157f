/* Reading options, by getopt_long. */
#define _GNU_SOURCE /* getopt_long */
#include "command/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/number.h"
#include "base/unit.h"

enum { DAY_SECONDS = 24 * 60 * 60 };

enum option_name { FORM, FROM, TO, SPAM, ONLY_SPAM, UNREAD, STARRED, FIELD, BEFORE, LIMIT, JSON, ERASE, PROMETHEUS, EXCEL, LABELS, FORCE };

static const struct option long_options[] = {
	{"form", required_argument, NULL, FORM},
	{"from", required_argument, NULL, FROM},
	{"to", required_argument, NULL, TO},
	{"spam", no_argument, NULL, SPAM},
	{"only-spam", no_argument, NULL, ONLY_SPAM},
	{"unread", no_argument, NULL, UNREAD},
	{"starred", no_argument, NULL, STARRED},
	{"field", required_argument, NULL, FIELD},
	{"before", required_argument, NULL, BEFORE},
	{"limit", required_argument, NULL, LIMIT},
	{"json", no_argument, NULL, JSON},
	{"erase", no_argument, NULL, ERASE},
	{"prometheus", no_argument, NULL, PROMETHEUS},
	{"excel", no_argument, NULL, EXCEL},
	{"labels", no_argument, NULL, LABELS},
	{"force", no_argument, NULL, FORCE},
	{0},
};

/* Tells whether a name is one of the words in a list. */
static bool is_allowed(const char *allowed, const char *name)
{
	size_t n = strlen(name);
	for (const char *c = allowed; *c; c += strspn(c, " ")) {
		size_t word = strcspn(c, " ");
		if (word == n && strncmp(c, name, n) == 0)
			return true;
		c += word;
	}
	return false;
}

/* Reads a day, or how long ago ("30d"); what is given is the first second of it. */
static bool read_moment(const char *text, time_t now, time_t *moment, bool *day)
{
	uint64_t seconds;
	int64_t n;
	*day = date_day_read(text, &n);
	if (*day)
		*moment = (time_t)n * DAY_SECONDS;
	else if (unit_duration_read(text, &seconds))
		*moment = now - (time_t)seconds;
	else
		return false;
	return true;
}

static bool read_field_filter(struct filter *filter, const char *text)
{
	const char *sign = strchr(text, '=');
	if (!sign || sign == text || filter->fields_n == SELECTION_FIELDS_MAX)
		return false;
	filter->fields[filter->fields_n++] = (struct filter_field){{text, (size_t)(sign - text)}, {sign + 1, strlen(sign + 1)}};
	return true;
}

/* Takes one option; false if its value makes no sense. */
static bool take_option(struct options *options, enum option_name name, const char *value, time_t now)
{
	struct filter *filter = &options->filter;
	bool day;
	switch (name) {
	case FORM: options->form = value; return true;
	case FROM: return read_moment(value, now, &filter->from, &day);
	case TO:
		if (!read_moment(value, now, &filter->until, &day))
			return false;
		filter->until += day ? DAY_SECONDS : 0; /* that day too */
		return true;
	case SPAM: filter->spam = SELECTION_WITH_SPAM; return true;
	case ONLY_SPAM: filter->spam = SELECTION_ONLY_SPAM; return true;
	case UNREAD: return filter->unread = true;
	case STARRED: return filter->starred = true;
	case FIELD: return read_field_filter(filter, value);
	case BEFORE: options->before = value; return true;
	case LIMIT: return number_read(value, UINT64_MAX - 1, &options->limit);
	case JSON: return options->json = true;
	case ERASE: return options->erase = true;
	case PROMETHEUS: return options->prometheus = true;
	case EXCEL: return options->excel = true;
	case LABELS: return options->labels = true;
	case FORCE: return options->force = true;
	}
	return false;
}

bool options_read(struct options *options, const char *allowed, int argc, char **argv)
{
	time_t now = time(NULL);
	int index, option;
	*options = (struct options){.limit = UINT64_MAX};
	optind = 1;
	opterr = 0;
	/* The command's name stands before its arguments, where getopt expects that of the program. */
	while ((option = getopt_long(argc + 1, argv - 1, "", long_options, &index)) != -1) {
		if (option == '?') {
			fprintf(stderr, "seeother: %s does not take the option %s, or something is missing behind it\n", argv[-1],
				(argv - 1)[optind - 1]);
			return false;
		}
		if (!is_allowed(allowed, long_options[index].name)) {
			fprintf(stderr, "seeother: %s does not take the option --%s\n", argv[-1], long_options[index].name);
			return false;
		}
		if (!take_option(options, (enum option_name)option, optarg, now)) {
			fprintf(stderr, "seeother: --%s does not take \"%s\"\n", long_options[index].name, optarg ? optarg : "");
			return false;
		}
	}
	options->words = argv - 1 + optind;
	options->words_n = (size_t)(argc + 1 - optind);
	return true;
}

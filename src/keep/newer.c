/*
 * Several nodes have a file each for a day. From each of them as many lines are taken as are wanted in all, and these are put in the
 * order in which log_back gives them.
 */
#include "keep/newer.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"

enum { CHECK_EVERY = 64, TAKEN_ENOUGH = 1, TIME_IS_UP = 2 };

/* Where an outcome stands among those of its day. */
struct position {
	char stamp[DATE_STAMP]; /* "" if that is not known */
	uint8_t node;
};

struct candidate {
	struct position position;
	char id[ID_LENGTH + 1];
};

struct newer_reading {
	struct selection *selection;
	const char *form;
	struct place from;        /* of the outcome that the others are newer than, */
	struct position position; /* and where that stands */
	uint8_t node;             /* whose file is being read */
	size_t most, left;        /* how many outcomes are wanted in all, and still of this file */
	struct candidate *found;  /* of this day */
	size_t found_n;
	size_t looked;
	int64_t end; /* when the time is up */
};

static int compare_positions(const struct position *a, const struct position *b)
{
	int order = strcmp(a->stamp, b->stamp);
	return order ? order : (a->node > b->node) - (a->node < b->node);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	return compare_positions(&x->position, &y->position);
}

static void set_stamp(struct position *position, struct span stamp)
{
	snprintf(position->stamp, sizeof position->stamp, "%.*s", (int)stamp.length, stamp.bytes);
}

static int take_newer(void *context, struct place place, struct span line)
{
	struct newer_reading *reading = context;
	struct candidate *candidate = &reading->found[reading->found_n];
	struct record_start start;
	struct selected selected;
	if (++reading->looked % CHECK_EVERY == 0 && date_uptime() > reading->end)
		return TIME_IS_UP;
	candidate->position = (struct position){.node = reading->node};
	if (record_start_read(line, reading->form, &start))
		set_stamp(&candidate->position, start.stamp);
	bool other = place.day == reading->from.day && reading->node != reading->from.node;
	if (other && compare_positions(&candidate->position, &reading->position) <= 0)
		return 0;
	if (!selection_take(reading->selection, place.day, line, &selected))
		return 0;
	memcpy(candidate->id, selected.id, sizeof candidate->id);
	reading->found_n++;
	return --reading->left ? 0 : TAKEN_ENOUGH;
}

/* Reads the file of one node and day; for the outcome's own, from behind its line. Gives TIME_IS_UP, -1, or 0. */
static int read_newer_file(struct newer_reading *reading, const char *data, uint16_t day, const char *node)
{
	struct log log;
	struct arena arena = {0};
	struct span line;
	struct place from = {.day = day};
	reading->node = id_node(node);
	reading->left = reading->most;
	log_begin(&log, data, reading->form, node, false);
	uint64_t end;
	if (day == reading->from.day && reading->node == reading->from.node &&
		log_line_next(&log, reading->from, &arena, &line, &end) == LOG_FOUND)
		from.offset = end;
	int ended = log_day_each(&log, from, take_newer, reading);
	log_end(&log);
	arena_free(&arena);
	return ended == TAKEN_ENOUGH ? 0 : ended;
}

/* Puts what was found of a day in its order, and behind what was found before. */
static void add_day(struct newer *newer, struct newer_reading *reading)
{
	if (reading->found_n)
		qsort(reading->found, reading->found_n, sizeof *reading->found, compare_candidates);
	for (size_t i = 0; i < reading->found_n && newer->n < reading->most; i++)
		memcpy(newer->ids[newer->n++], reading->found[i].id, sizeof reading->found[i].id);
	reading->found_n = 0;
}

/* Reads day after day; gives -1 if something could not be read. */
static int read_days(struct newer *newer, struct newer_reading *reading, const char *data, struct dirent **names, int n)
{
	char node[CONFIG_NAME_MAX + 1];
	uint16_t day, last = 0;
	int failed = 0;
	reading->found = calloc(((size_t)n + 1) * reading->most, sizeof *reading->found);
	if (!reading->found)
		diag_die("out of memory");
	for (int i = 0; i < n && !newer->paused; i++) {
		if (!log_day_named(names[i]->d_name, &day, node) || day < reading->from.day)
			continue;
		if (day != last)
			add_day(newer, reading);
		if (newer->n == reading->most)
			break;
		last = day;
		int ended = read_newer_file(reading, data, day, node);
		newer->paused = ended == TIME_IS_UP;
		failed |= ended < 0;
	}
	add_day(newer, reading);
	free(reading->found);
	return failed ? -1 : 0;
}

bool newer_find(struct newer *newer, const struct config *config, const struct form *form, const struct secret *secret,
	const struct filter *filter, struct span id, size_t most, time_t now, int64_t budget)
{
	struct newer_reading reading = {.form = form->name, .most = most < NEWER_MOST ? most : NEWER_MOST, .end = date_uptime() + budget};
	char path[PATH_MAX];
	struct arena arena = {0};
	struct record_start start;
	struct dirent **names;
	struct span line;
	struct log log;
	newer->n = 0;
	newer->paused = false;
	log_begin(&log, config->data, form->name, config->node, false);
	log_folder(&log, path);
	bool found = id_read(id, secret, &reading.from) && log_line_find(&log, secret, id, &arena, &line) == LOG_FOUND;
	log_end(&log);
	reading.position.node = reading.from.node;
	if (found && record_start_read(line, form->name, &start)) /* of a line that was erased the time is not known any more */
		set_stamp(&reading.position, start.stamp);
	arena_free(&arena);
	int n = found ? scandir(path, &names, NULL, alphasort) : -1;
	if (n < 0)
		return false;
	reading.selection = selection_open(config, form, secret, filter, now);
	bool failed = read_days(newer, &reading, config->data, names, n) < 0 || selection_failed(reading.selection);
	selection_close(reading.selection);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return !failed;
}

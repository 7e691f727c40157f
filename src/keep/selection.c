/*
 * Selecting outcomes. A line is read as JSON only if its bytes may pass: the time stands at its start, and the longest plain part of
 * the words that are looked for must occur in it.
 */
#include "keep/selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "config/pattern.h"
#include "keep/claimed.h"
#include "keep/log_back.h"
#include "keep/record.h"

enum { DAY_SECONDS = 24 * 60 * 60, CHECK_EVERY = 64 };

struct selection {
	const struct config *config;
	const struct form *form;
	const struct secret *secret;
	const struct filter *filter;
	time_t now;
	struct log_back *back;
	struct claimed claimed;
	struct marks marks; /* of the day that is being read */
	int64_t marks_day;  /* -1: of none */
	int64_t begun;
	size_t looked;
	struct span needle; /* bytes that a line must contain, or empty */
	char cursor[ID_LENGTH + 1];
	int64_t cursor_day;
	json_t *record; /* of the outcome given last */
	struct arena arena;
	bool failed;
};

/* --- a quick look at the bytes ------------------------------------------------------------------------------------- */

/* Tells whether a byte stands in a line as it was typed, but for its case. */
static bool is_plain_byte(char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Finds the longest run of plain bytes in the words. K and S have other forms beyond ASCII that match them, so they end a run. */
static struct span longest_plain(const char *words)
{
	struct span longest = {"", 0};
	for (const char *c = words; *c;) {
		size_t n = 0;
		while (is_plain_byte(c[n]) && !strchr("kKsS", c[n]))
			n++;
		if (n > longest.length)
			longest = (struct span){c, n};
		c += n ? n : 1;
	}
	return longest;
}

static char small_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Tells whether the bytes hold the needle, ASCII letters' case aside. */
static bool bytes_hold(struct span bytes, struct span needle)
{
	if (needle.length > bytes.length)
		return false;
	char small = small_letter(*needle.bytes), large = small >= 'a' && small <= 'z' ? (char)(small - 'a' + 'A') : small;
	const char *end = bytes.bytes + bytes.length - needle.length + 1;
	for (const char *c = bytes.bytes; c < end; c++) {
		if (*c != small && *c != large)
			continue;
		size_t i = 1;
		while (i < needle.length && small_letter(c[i]) == small_letter(needle.bytes[i]))
			i++;
		if (i == needle.length)
			return true;
	}
	return false;
}

/* --- what passes --------------------------------------------------------------------------------------------------- */

static void add_text(struct text *all, const json_t *value)
{
	if (!json_is_string(value))
		return;
	text_add(all, json_string_value(value), json_string_length(value));
	text_byte(all, '\x1e'); /* no word is found across two values */
}

static void add_members(struct text *all, json_t *object)
{
	const char *name;
	json_t *value, *one;
	size_t i;
	json_object_foreach(object, name, value) {
		add_text(all, value);
		json_array_foreach(value, i, one)
			add_text(all, one);
	}
}

static struct span all_text(const json_t *record, const struct mark *mark, struct arena *arena)
{
	struct text all = {.arena = arena};
	json_t *file;
	size_t i;
	add_members(&all, json_object_get(record, "fields"));
	add_members(&all, json_object_get(record, "extra"));
	json_array_foreach(json_object_get(record, "files"), i, file)
		add_text(&all, json_object_get(file, "filename"));
	text_put(&all, mark->note ? mark->note : "");
	return (struct span){text_string(&all), all.length};
}

static bool has_words(const char *words, struct span text)
{
	for (const char *c = words + strspn(words, " \t\r\n"); *c; c += strspn(c, " \t\r\n")) {
		size_t n = strcspn(c, " \t\r\n");
		if (!pattern_contains((struct span){c, n}, text))
			return false;
		c += n;
	}
	return true;
}

static bool value_is(const json_t *value, struct span wanted)
{
	return json_is_string(value) && json_string_length(value) == wanted.length &&
		memcmp(json_string_value(value), wanted.bytes, wanted.length) == 0;
}

static bool has_field(const json_t *record, const struct filter_field *field)
{
	static const char *const places[] = {"fields", "extra"};
	json_t *one;
	size_t k;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const json_t *value = json_object_getn(json_object_get(record, places[i]), field->name.bytes, field->name.length);
		if (value_is(value, field->value))
			return true;
		json_array_foreach(value, k, one)
			if (value_is(one, field->value))
				return true;
	}
	return false;
}

/* Says whether and why an outcome is taken for spam; an owner's word goes before what was found when it was posted. */
static void judge(struct selected *selected)
{
	const char *posted = json_string_value(json_object_get(selected->record, "spam"));
	selected->posted_suspect = posted != NULL;
	selected->suspect = selected->mark.spam == MARK_SPAM && !posted ? "owner" : selected->mark.spam == MARK_HAM ? NULL : posted;
}

static bool passes(const struct filter *filter, const struct selected *selected, struct arena *arena)
{
	if (filter->spam != SELECTION_WITH_SPAM && (selected->suspect != NULL) != (filter->spam == SELECTION_ONLY_SPAM))
		return false;
	if ((filter->unread && selected->mark.read) || (filter->starred && !selected->mark.star))
		return false;
	for (size_t i = 0; i < filter->fields_n; i++)
		if (!has_field(selected->record, &filter->fields[i]))
			return false;
	return !filter->text || has_words(filter->text, all_text(selected->record, &selected->mark, arena));
}

/* --- one after the other ------------------------------------------------------------------------------------------- */

/* Begins a selection whose log is not open. */
static struct selection *open_selection(
	const struct config *config, const struct form *form, const struct secret *secret, const struct filter *filter, time_t now)
{
	struct selection *selection = calloc(1, sizeof *selection);
	if (!selection)
		diag_die("out of memory");
	*selection = (struct selection){.config = config, .form = form, .secret = secret, .filter = filter, .now = now, .marks_day = -1};
	selection->begun = date_uptime();
	claimed_begin(&selection->claimed, config, form);
	/* A note is in no line, so with words nothing can be ruled out by the line alone where there are notes; see may_pass. */
	selection->needle = filter->text ? longest_plain(filter->text) : (struct span){"", 0};
	return selection;
}

struct selection *selection_open(
	const struct config *config, const struct form *form, const struct secret *secret, const struct filter *filter, time_t now)
{
	struct selection *selection = open_selection(config, form, secret, filter, now);
	/* A line is in the file of the day of its append, which may be the one after it was received. */
	int64_t newest = filter->until ? date_day(filter->until) + 1 : UINT16_MAX, oldest = filter->from ? date_day(filter->from) : 0;
	selection->back = log_back_open(config->data, form->name, newest, oldest);
	return selection;
}

void selection_close(struct selection *selection)
{
	if (!selection)
		return;
	log_back_close(selection->back);
	marks_free(&selection->marks);
	claimed_end(&selection->claimed);
	json_decref(selection->record);
	arena_free(&selection->arena);
	free(selection);
}

bool selection_resume(struct selection *selection, struct span id)
{
	struct arena arena = {0};
	struct record_start start;
	struct place place;
	struct span line;
	struct log log;
	log_begin(&log, selection->config->data, selection->form->name, selection->config->node, false);
	bool found = id_read(id, selection->secret, &place) && log_line_find(&log, selection->secret, id, &arena, &line) == LOG_FOUND;
	log_end(&log);
	if (found) { /* of a line that was erased the time is not known any more */
		bool timed = record_start_read(line, selection->form->name, &start);
		log_back_resume(selection->back, place, timed ? start.stamp : (struct span){"", 0});
	}
	arena_free(&arena);
	return found;
}

const char *selection_cursor(const struct selection *selection, int64_t *day)
{
	*day = selection->cursor_day;
	return selection->cursor;
}

/* Loads the marks of the day that a line is of, once. */
static const struct marks *marks_for(struct selection *selection, uint16_t day)
{
	if (selection->marks_day != day && marks_load(&selection->marks, selection->config->data, selection->form->name, day) < 0)
		selection->failed = true;
	selection->marks_day = day;
	return &selection->marks;
}

/* Tells from the bytes alone whether a line may pass. */
static bool may_pass(const struct selection *selection, struct span line, const struct record_start *start, const struct mark *mark)
{
	const struct filter *filter = selection->filter;
	if (record_erased(line) || !form_keeps(selection->form, start->received, selection->now))
		return false;
	if ((filter->from && start->received < filter->from) || (filter->until && start->received >= filter->until))
		return false;
	return !selection->needle.length || mark->note || bytes_hold(line, selection->needle);
}

/* Tells whether a line is an outcome, as far as several hosts have settled that. */
static bool is_shown(struct selection *selection, struct span id, struct span line)
{
	struct place place;
	const struct claimed *claimed = &selection->claimed;
	return (!claimed->n && !claimed->unread) || !id_read(id, selection->secret, &place) ||
		claimed_shows(&selection->claimed, place, line);
}

bool selection_take(struct selection *selection, uint16_t day, struct span line, struct selected *selected)
{
	struct record_start start;
	arena_reset(&selection->arena);
	if (!record_start_read(line, selection->form->name, &start) || start.id.length != ID_LENGTH)
		return false;
	memcpy(selection->cursor, start.id.bytes, ID_LENGTH);
	selection->cursor_day = day;
	struct mark mark = marks_of(marks_for(selection, day), start.id);
	if (!may_pass(selection, line, &start, &mark) || !is_shown(selection, start.id, line))
		return false;
	json_decref(selection->record);
	selection->record = record_read(line);
	if (!selection->record)
		return false;
	*selected = (struct selected){.received = start.received, .record = selection->record, .mark = mark, .line = line};
	memcpy(selected->id, start.id.bytes, ID_LENGTH);
	judge(selected);
	return passes(selection->filter, selected, &selection->arena);
}

bool selection_failed(const struct selection *selection)
{
	return selection->failed || selection->claimed.failed;
}

enum selection_found selection_next(struct selection *selection, int64_t budget, struct selected *selected)
{
	struct log_back_line line;
	enum log_found found;
	while ((found = log_back_next(selection->back, &line)) == LOG_FOUND) {
		if (selection_take(selection, line.day, line.line, selected))
			return SELECTION_FOUND;
		if (budget && ++selection->looked % CHECK_EVERY == 0 && date_uptime() - selection->begun > budget)
			return SELECTION_PAUSED;
	}
	return found == LOG_FAILED || selection_failed(selection) ? SELECTION_FAILED : SELECTION_END;
}

enum selection_found selection_find(struct selection *selection, struct span id, struct arena *arena, struct selected *selected)
{
	const struct form *form = selection->form;
	struct record_start start;
	struct place place;
	struct span line;
	struct log log;
	if (!id_read(id, selection->secret, &place))
		return SELECTION_END;
	log_begin(&log, selection->config->data, form->name, selection->config->node, false);
	enum log_found found = log_line_find(&log, selection->secret, id, arena, &line);
	log_end(&log);
	if (found == LOG_FAILED)
		return SELECTION_FAILED;
	if (found != LOG_FOUND || record_erased(line) || !record_start_read(line, form->name, &start) ||
		!form_keeps(form, start.received, selection->now) || !is_shown(selection, id, line))
		return SELECTION_END;
	struct mark mark = marks_of(marks_for(selection, place.day), id);
	json_t *record = selection->failed ? NULL : record_read(line);
	if (!record)
		return selection->failed ? SELECTION_FAILED : SELECTION_END;
	*selected = (struct selected){.received = start.received, .record = record, .mark = mark, .line = line};
	memcpy(selected->id, start.id.bytes, ID_LENGTH);
	if (mark.note)
		selected->mark.note = arena_copy(arena, mark.note, strlen(mark.note));
	judge(selected);
	return SELECTION_FOUND;
}

enum selection_found selection_one(const struct config *config, const struct form *form, const struct secret *secret, struct span id,
	time_t now, struct arena *arena, struct selected *selected)
{
	static const struct filter any;
	struct selection *selection = open_selection(config, form, secret, &any, now);
	enum selection_found found = selection_find(selection, id, arena, selected);
	selection_close(selection);
	return found;
}

/*
 * A page of the desk reads all marks of a day, of which there may be very many, so a line as the program writes it is read without
 * jansson. A line that looks otherwise, or has more than plain ASCII in it, is read with it.
 */
#include "keep/mark_table.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/ascii.h"
#include "base/date.h"
#include "base/diag.h"
#include "keep/id.h"

enum { STAMP = DATE_STAMP - 1, ROOM_FIRST = 256 };

enum property { PROPERTY_READ, PROPERTY_STAR, PROPERTY_SUSPECT, PROPERTY_SPAM, PROPERTY_NOTE, PROPERTY_RELEASED, PROPERTIES };

static const struct span property_names[] = {{"read", 4}, {"star", 4}, {"suspect", 7}, {"spam", 4}, {"note", 4}};

enum { NAMED = sizeof property_names / sizeof *property_names };

enum value { VALUE_ABSENT, VALUE_NULL, VALUE_FALSE, VALUE_TRUE, VALUE_TEXT };

/* What one line sets. */
struct set_line {
	struct span of;
	uint64_t at; /* the digits of the moment; 0 if there is none */
	enum value values[PROPERTIES];
	struct span note;
};

/* What is set for one outcome, and when each property was. */
struct mark_row {
	char id[ID_LENGTH]; /* begins with a NUL in a row that is free */
	unsigned char values[PROPERTIES];
	uint64_t at[PROPERTIES];
	const char *note;
};

struct mark_table {
	struct mark_row *rows;
	size_t n, room; /* room is a power of 2 */
	struct arena arena;
};

/* --- reading a line ------------------------------------------------------------------------------------------------ */

/* Reads a string without escapes, and moves behind it; false if there is none. */
static bool read_plain_string(const char **c, const char *end, struct span *string)
{
	const char *at = *c;
	if (at == end || *at != '"')
		return false;
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' || (unsigned char)*at < ' ')
			return false;
	*string = (struct span){*c + 1, (size_t)(at - *c) - 1};
	*c = at + 1;
	return at < end;
}

static bool read_plain_value(const char **c, const char *end, enum value *value, struct span *string)
{
	static const struct {
		const char *word;
		enum value value;
	} words[] = {{"true", VALUE_TRUE}, {"false", VALUE_FALSE}, {"null", VALUE_NULL}};
	*value = VALUE_TEXT;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].word);
		if ((size_t)(end - *c) < n || memcmp(*c, words[i].word, n) != 0)
			continue;
		*value = words[i].value;
		*c += n;
		return true;
	}
	return read_plain_string(c, end, string);
}

/* Gives the 17 digits of a moment as one number, which grows as time does. */
static uint64_t moment_digits(struct span stamp)
{
	uint64_t digits = 0;
	for (size_t i = 0; i < stamp.length && stamp.length == STAMP; i++)
		if (ascii_is_digit(stamp.bytes[i]))
			digits = digits * 10 + (uint64_t)(stamp.bytes[i] - '0');
	return digits;
}

static bool is_name(struct span name, struct span wanted)
{
	return name.length == wanted.length && memcmp(name.bytes, wanted.bytes, wanted.length) == 0;
}

static void set_member_of_line(struct set_line *set, struct span name, enum value value, struct span string)
{
	if (is_name(name, (struct span){"of", 2}))
		set->of = value == VALUE_TEXT ? string : (struct span){"", 0};
	else if (is_name(name, (struct span){"at", 2}))
		set->at = value == VALUE_TEXT ? moment_digits(string) : 0;
	for (size_t i = 0; i < NAMED; i++)
		if (is_name(name, property_names[i])) {
			set->values[i] = value;
			set->note = i == PROPERTY_NOTE ? string : set->note;
		}
}

static bool is_plain_ascii(struct span string)
{
	unsigned char all = 0;
	for (size_t i = 0; i < string.length; i++)
		all |= (unsigned char)string.bytes[i];
	return all < 0x80;
}

/* Reads an object of plain strings, true, false and null; false if the line is anything else. */
static bool read_plain_line(struct set_line *set, struct span line)
{
	const char *c = line.bytes, *end = line.bytes + line.length;
	struct span name, string = {"", 0};
	enum value value;
	if (c == end || *c != '{')
		return false;
	do {
		c++;
		if (!read_plain_string(&c, end, &name) || c == end || *c++ != ':' || !read_plain_value(&c, end, &value, &string) ||
			(value == VALUE_TEXT && !is_plain_ascii(string)))
			return false;
		set_member_of_line(set, name, value, string);
	} while (c < end && *c == ',');
	return c + 1 == end && *c == '}';
}

static enum value value_of(const json_t *value)
{
	if (json_is_string(value))
		return VALUE_TEXT;
	return json_is_true(value) ? VALUE_TRUE : json_is_false(value) ? VALUE_FALSE : json_is_null(value) ? VALUE_NULL : VALUE_ABSENT;
}

/* Reads any line of JSON; what is set lives as long as the value. */
static void read_any_line(struct set_line *set, json_t *read)
{
	const char *name;
	json_t *value;
	json_object_foreach(read, name, value)
		set_member_of_line(set, span_of(name), value_of(value), (struct span){json_string_value(value), json_string_length(value)});
}

static bool fits_property(size_t property, enum value value)
{
	if (property == PROPERTY_NOTE)
		return value == VALUE_TEXT;
	return value == VALUE_TRUE || value == VALUE_FALSE || (value == VALUE_NULL && property == PROPERTY_SPAM);
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

/* Gives the row of an id, or the free one where it would be. */
static struct mark_row *row_of(const struct mark_table *table, const char id[ID_LENGTH])
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	for (size_t i = 0; i < ID_LENGTH; i++)
		hash = (hash ^ (unsigned char)id[i]) * UINT64_C(1099511628211);
	size_t at = (size_t)(hash ^ hash >> 32) & (table->room - 1);
	while (*table->rows[at].id && memcmp(table->rows[at].id, id, ID_LENGTH) != 0)
		at = (at + 1) & (table->room - 1);
	return &table->rows[at];
}

static void grow_table(struct mark_table *table)
{
	struct mark_table larger = {.room = table->room ? 2 * table->room : ROOM_FIRST};
	if (2 * table->n < table->room)
		return;
	larger.rows = calloc(larger.room, sizeof *larger.rows);
	if (!larger.rows)
		diag_die("out of memory");
	for (size_t i = 0; i < table->room; i++)
		if (*table->rows[i].id)
			*row_of(&larger, table->rows[i].id) = table->rows[i];
	free(table->rows);
	table->rows = larger.rows;
	table->room = larger.room;
}

/* Sets one property, with its time, unless a later one is there. */
static void set_property(struct mark_table *table, struct mark_row *row, size_t property, const struct set_line *set)
{
	if (row->values[property] && set->at < row->at[property])
		return;
	row->values[property] = (unsigned char)set->values[property];
	row->at[property] = set->at;
	if (property == PROPERTY_NOTE)
		row->note = arena_copy(&table->arena, set->note.bytes, set->note.length);
}

static void take_set_line(struct mark_table *table, struct set_line *set)
{
	if (set->of.length != ID_LENGTH || !*set->of.bytes || !set->at)
		return;
	grow_table(table);
	struct mark_row *row = row_of(table, set->of.bytes);
	table->n += !*row->id;
	memcpy(row->id, set->of.bytes, ID_LENGTH);
	if (set->values[PROPERTY_SPAM] == VALUE_FALSE)
		set->values[PROPERTY_RELEASED] = VALUE_TRUE;
	for (size_t i = 0; i < PROPERTIES; i++)
		if (fits_property(i, set->values[i]))
			set_property(table, row, i, set);
}

static struct mark read_row(const struct mark_row *row)
{
	unsigned char spam = row->values[PROPERTY_SPAM];
	return (struct mark){
		.read = row->values[PROPERTY_READ] == VALUE_TRUE,
		.star = row->values[PROPERTY_STAR] == VALUE_TRUE,
		.spam = spam == VALUE_TRUE    ? MARK_SPAM
			: spam == VALUE_FALSE ? MARK_HAM
					      : MARK_UNJUDGED,
		.suspect = row->values[PROPERTY_SUSPECT] == VALUE_TRUE,
		.released = row->values[PROPERTY_RELEASED] == VALUE_TRUE,
		.note = row->note && *row->note ? row->note : NULL,
	};
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

struct mark_table *mark_table_new(void)
{
	struct mark_table *table = calloc(1, sizeof *table);
	if (!table)
		diag_die("out of memory");
	return table;
}

void mark_table_take(struct mark_table *table, struct span line)
{
	struct set_line set = {.of = {"", 0}};
	if (read_plain_line(&set, line)) {
		take_set_line(table, &set);
		return;
	}
	set = (struct set_line){.of = {"", 0}};
	json_t *read = json_loadb(line.bytes, line.length, 0, NULL);
	read_any_line(&set, read);
	take_set_line(table, &set);
	json_decref(read);
}

struct mark mark_table_of(const struct mark_table *table, struct span id)
{
	if (!table || !table->room || id.length != ID_LENGTH)
		return (struct mark){0};
	return read_row(row_of(table, id.bytes));
}

bool mark_table_next(const struct mark_table *table, size_t *i, struct mark *mark)
{
	while (table && *i < table->room) {
		const struct mark_row *row = &table->rows[(*i)++];
		if (!*row->id)
			continue;
		*mark = read_row(row);
		return true;
	}
	return false;
}

void mark_table_free(struct mark_table *table)
{
	if (!table)
		return;
	free(table->rows);
	arena_free(&table->arena);
	free(table);
}

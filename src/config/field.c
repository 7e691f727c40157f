/*
 * How config.ini's "type rule rule=value" is read: one table of types, one of rules, and each type says which rules
 * go with it. body/validate.c checks what is posted.
 */
#include "config/field.h"

#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "base/span.h"
#include "base/text.h"
#include "base/unit.h"
#include "config/option_list.h"

enum rule {
	RULE_REQUIRED = 1 << 0,
	RULE_MIN = 1 << 1,
	RULE_MAX = 1 << 2,
	RULE_OPTIONS = 1 << 3,
	RULE_MULTIPLE = 1 << 4,
	RULE_NAME = 1 << 5,
	RULE_DEFAULT = 1 << 6,
	RULE_AUTOCOMPLETE = 1 << 7,
	RULE_ACCEPT = 1 << 8,
};

enum {
	RULES_LINE = RULE_REQUIRED | RULE_MIN | RULE_MAX | RULE_NAME | RULE_DEFAULT | RULE_AUTOCOMPLETE,
	RULES_CHOICE = RULE_REQUIRED | RULE_MIN | RULE_MAX | RULE_OPTIONS | RULE_NAME | RULE_DEFAULT,
	RULES_PLAIN = RULE_REQUIRED | RULE_MAX | RULE_NAME | RULE_DEFAULT,
};

/* In the order of enum field_type. */
static const struct {
	const char *name;
	unsigned rules;
	const char *input;
} types[] = {
	[FIELD_TEXT] = {"text", RULES_LINE, "text"},
	[FIELD_EMAIL] = {"email", RULES_LINE, "email"},
	[FIELD_URL] = {"url", RULES_LINE, "url"},
	[FIELD_TEL] = {"tel", RULES_LINE, "tel"},
	[FIELD_NUMBER] = {"number", RULES_LINE, "number"},
	[FIELD_DATE] = {"date", RULES_LINE, "date"},
	[FIELD_CHOICE] = {"choice", RULES_CHOICE | RULE_MULTIPLE, NULL},
	[FIELD_CHECKBOX] = {"checkbox", RULES_CHOICE, NULL},
	[FIELD_TEXTAREA] = {"textarea", RULES_LINE, NULL},
	[FIELD_HIDDEN] = {"hidden", RULES_PLAIN, "hidden"},
	[FIELD_FILE] = {"file", RULE_REQUIRED | RULE_MULTIPLE | RULE_MAX | RULE_ACCEPT | RULE_NAME, "file"},
	[FIELD_TRAP] = {"trap", RULE_NAME, NULL},
};

static const struct {
	const char *name;
	enum rule rule;
	bool has_value;
} rules[] = {
	{"required", RULE_REQUIRED, false},
	{"min", RULE_MIN, true},
	{"max", RULE_MAX, true},
	{"options", RULE_OPTIONS, true},
	{"multiple", RULE_MULTIPLE, false},
	{"name", RULE_NAME, true},
	{"default", RULE_DEFAULT, true},
	{"autocomplete", RULE_AUTOCOMPLETE, true},
	{"accept", RULE_ACCEPT, true},
};

const char *field_type_name(size_t i)
{
	return i < sizeof types / sizeof *types ? types[i].name : NULL;
}

const char *field_input_type(const struct field *field)
{
	return types[field->type].input;
}

bool field_counts_characters(const struct field *field)
{
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_EMAIL:
	case FIELD_URL:
	case FIELD_TEL:
	case FIELD_TEXTAREA:
	case FIELD_HIDDEN: return true;
	default: return false;
	}
}

static const char *read_type(struct field *field, const char *word, struct arena *arena)
{
	struct text known = {.arena = arena};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, word) == 0) {
			field->type = (enum field_type)i;
			return NULL;
		}
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		text_format(&known, " %s", types[i].name);
	return text_printed(arena, "there is no field type \"%s\"; the types are:%s", word, text_string(&known));
}

static const char *read_bound(const struct field *field, struct field_bound *bound, const char *text, struct arena *arena)
{
	uint64_t count;
	bound->text = text;
	if (field->type == FIELD_DATE)
		return date_day_valid(text) ? NULL : text_printed(arena, "\"%s\" is not a date such as 2026-12-31", text);
	if (field->type == FIELD_NUMBER) {
		return unit_decimal_read(text, &bound->number) ? NULL : text_printed(arena, "\"%s\" is not a number", text);
	}
	if (field->type == FIELD_FILE) {
		bound->number = unit_size_read(text, &count) ? (double)count : -1;
		return bound->number >= 0 ? NULL : text_printed(arena, "\"%s\" is not a size such as 64K or 2M", text);
	}
	if (!number_read(text, 1u << 30, &count))
		return text_printed(arena, "\"%s\" is not a number", text);
	bound->number = (double)count;
	return NULL;
}

static const char *apply_rule(struct field *field, enum rule rule, const char *value, const struct setting_source *source)
{
	struct arena *arena = source->arena;
	switch (rule) {
	case RULE_REQUIRED: field->required = true; return NULL;
	case RULE_MULTIPLE: field->multiple = true; return NULL;
	case RULE_MIN: return read_bound(field, &field->min, value, arena);
	case RULE_MAX: return read_bound(field, &field->max, value, arena);
	case RULE_OPTIONS: return option_list_read(&field->options, value, source);
	case RULE_NAME: field->name = value; return NULL;
	case RULE_DEFAULT: field->preset = value; return NULL;
	case RULE_AUTOCOMPLETE: field->autocomplete = value; return NULL;
	case RULE_ACCEPT: field->accept = value; return NULL;
	}
	return NULL;
}

static const char *read_rule(struct field *field, char *word, const struct setting_source *source)
{
	struct arena *arena = source->arena;
	char *value = strchr(word, '=');
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (strcmp(rules[i].name, word) != 0)
			continue;
		if (!(types[field->type].rules & rules[i].rule))
			return text_printed(arena, "a %s field has no rule \"%s\"", types[field->type].name, word);
		if (rules[i].has_value != (value && *value))
			return text_printed(arena, rules[i].has_value ? "\"%s\" needs a value: %s=…" : "\"%s\" takes no value", word, word);
		return apply_rule(field, rules[i].rule, value, source);
	}
	return text_printed(arena, "there is no rule \"%s\"", word);
}

const char *field_read(struct field *field, const char *definition, const struct setting_source *source)
{
	struct arena *arena = source->arena;
	char *words = arena_copy(arena, definition, strlen(definition)), *rest;
	char *word = strtok_r(words, " \t", &rest);
	field->label = field->name;
	if (!word)
		return "a field needs a type";
	const char *wrong = read_type(field, word, arena);
	while (!wrong && (word = strtok_r(NULL, " \t", &rest)))
		wrong = read_rule(field, word, source);
	return wrong;
}

static bool are_types(const char *list)
{
	for (size_t n; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		struct span entry = span_trim((struct span){list, n});
		bool extension = entry.length > 1 && entry.bytes[0] == '.';
		if (!extension && !memchr(list, '/', n))
			return false;
	}
	return true;
}

const char *field_check(const struct field *field, struct arena *arena)
{
	const struct field_bound *min = &field->min, *max = &field->max;
	if (field->accept && !are_types(field->accept))
		return "accept= takes media types and extensions, such as image/png,image/*,.pdf";
	if (field->name[0] == '_')
		return "names that begin with \"_\" are reserved";
	if (field->type == FIELD_CHOICE && !field->options.n)
		return "a choice needs options=";
	if (field->options.n && !(types[field->type].rules & RULE_OPTIONS))
		return text_printed(arena, "a %s field has no options", types[field->type].name);
	if (field->pattern && (field->type == FIELD_FILE || field->type == FIELD_TRAP))
		return text_printed(arena, "a %s field has no pattern", types[field->type].name);
	bool several = field->multiple || field->type == FIELD_CHECKBOX;
	if (types[field->type].rules & RULE_OPTIONS && (min->text || max->text) && !(several && field->options.n))
		return "min and max count options, and only one can be chosen here";
	if (field->options.n && field->preset && !option_list_has(&field->options, field->preset))
		return text_printed(arena, "the default \"%s\" is not one of the options", field->preset);
	if (min->text && max->text && (field->type == FIELD_DATE ? strcmp(min->text, max->text) > 0 : min->number > max->number))
		return "min is more than max";
	return NULL;
}

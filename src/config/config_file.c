/*
 * config.ini. From it only strings are taken; setting.c says what they mean. A section or key that is not known is a fault, never
 * ignored: a misspelt limit would otherwise be no limit.
 */
#include "base/span.h"
#include "base/text.h"
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "config/ini.h"
#include "config/loader.h"
#include "config/reader.h"
#include "config/setting.h"

/* Takes an entry of a section whose keys are fields; gives NULL or what is wrong with it. */
typedef const char *entry_reader(struct field *, const char *text, struct arena *);

static entry_reader read_label, read_help, read_pattern, read_options;

/* In the order in which they are read: fields before what is said about them. */
static const struct {
	const char *name;
	entry_reader *read;
	const char *meaning;
} entry_sections[] = {
	{"fields", field_read, "field = type rule … in the order of the page; without the section the form takes anything"},
	{"labels", read_label, "field = text beside it; without it: its name"},
	{"help", read_help, "field = a hint under its label"},
	{"options", read_options, "field = choices, parted by commas, which may hold spaces"},
	{"patterns", read_pattern, "field = a regular expression that the whole value must match"},
};

enum { FIELDS = 0, ENTRY_SECTIONS = sizeof entry_sections / sizeof *entry_sections };

static const char *read_label(struct field *field, const char *text, struct arena *arena)
{
	field->label = arena_copy(arena, text, strlen(text));
	return *text ? NULL : "a label needs a text";
}

static const char *read_help(struct field *field, const char *text, struct arena *arena)
{
	field->help = *text ? arena_copy(arena, text, strlen(text)) : NULL;
	return NULL;
}

static const char *read_pattern(struct field *field, const char *text, struct arena *arena)
{
	field->pattern = *text ? arena_copy(arena, text, strlen(text)) : NULL;
	return NULL;
}

static const char *read_options(struct field *field, const char *text, struct arena *arena)
{
	field_options_read(field, text, arena);
	return NULL;
}

static struct form *form_named(struct config *config, const char *name)
{
	const struct form *form = config_form(config, span_of(name));
	return form ? &config->forms[form - config->forms] : NULL;
}

static struct field *field_keyed(struct form *form, const char *key)
{
	for (size_t i = 0; i < form->fields_n; i++)
		if (strcmp(form->fields[i].key, key) == 0)
			return &form->fields[i];
	return NULL;
}

static void take_general(struct loader *loader, const char *text)
{
	loader_setting(loader, SETTING_GENERAL, text, loader->config);
}

static void take_form(struct loader *loader, const char *text)
{
	loader_setting(loader, SETTING_FORM, text, loader->into);
}

static void take_field(struct loader *loader, const char *text)
{
	struct form *form = loader->into;
	size_t kind = loader->kind;
	struct arena *arena = loader_arena(loader);
	struct field *field = field_keyed(form, loader->key);
	if (kind == FIELDS && loader->key[0] != '_' && !reader_is_name(loader->key)) {
		loader_fault(loader, "a field's key is of letters, digits, hyphens and underscores, not the first; name= gives it any name");
		return;
	}
	if (kind == FIELDS) {
		field = &form->fields[form->fields_n++];
		*field = (struct field){.key = arena_copy(arena, loader->key, strlen(loader->key))};
	}
	const char *wrong = field ? entry_sections[kind].read(field, text, arena) : "there is no such field";
	if (wrong)
		loader_fault(loader, "%s", wrong);
}

static void read_form(struct loader *loader)
{
	const char *name = loader_name(loader, "form");
	struct config *config = loader->config;
	if (!name)
		return;
	if (!reader_is_name(name)) {
		loader_fault(loader, "a form needs a name of letters, digits and hyphens: [form contact]");
		return;
	}
	if (strcmp(name, "secret") == 0 || strcmp(name, "rates") == 0 || strcmp(name, "worker") == 0) {
		loader_fault(loader, "the data folder has a file of that name");
		return;
	}
	if (form_named(config, name)) {
		loader_fault(loader, "there is another section for this form");
		return;
	}
	struct form *form = &config->forms[config->forms_n++];
	*form = (struct form){.name = arena_copy(&config->arena, name, strlen(name)), .limits = config->limits, .index = config->index, .charset = config->charset};
	form->title = form->name;
	struct setting_source source = loader_source(loader);
	setting_defaults(&source, SETTING_FORM, form);
	loader_each(loader, take_form, form, 0);
	if (!form->title)
		form->title = form->name;
	if (!form->languages.n)
		form->languages = config->languages;
}

static void read_entry_section(struct loader *loader, size_t kind)
{
	const char *name = loader_name(loader, entry_sections[kind].name);
	if (!name)
		return;
	struct form *form = form_named(loader->config, name);
	if (!form) {
		loader_fault(loader, "there is no [form %s]", name);
		return;
	}
	if (kind == FIELDS) {
		size_t n = ini_entries(loader->ini, loader->section);
		if (!n || form->fields) {
			loader_fault(loader, n ? "there is another section for these fields"
					    : "has no fields; leave the section out for a form that takes anything");
			return;
		}
		form->fields = arena_take(loader_arena(loader), n * sizeof *form->fields);
	}
	loader_each(loader, take_field, form, kind);
}

static bool section_known(const struct loader *loader)
{
	if (strcmp(loader->section, "seeother") == 0 || loader_name(loader, "form") || loader_name(loader, "thing") ||
	    loader_name(loader, "task") || loader_name(loader, "forward"))
		return true;
	for (size_t i = 0; i < ENTRY_SECTIONS; i++)
		if (loader_name(loader, entry_sections[i].name))
			return true;
	return false;
}

static void check_show(struct loader *loader, const struct form *form)
{
	struct text names = {.arena = loader_arena(loader)};
	if (form->show.which != SHOW_NAMED || !form->fields_n)
		return;
	text_put(&names, form->show.names);
	for (char *rest, *name = strtok_r(names.bytes, " \t,", &rest); name; name = strtok_r(NULL, " \t,", &rest))
		if (!form_field(form, span_of(name)))
			loader_fault(loader, "show takes all, none or names of fields, and \"%s\" is none", name);
}

/* Gives how many of a form's fields a browser posts whatever is chosen, or has to. */
static size_t fields_always_sent(const struct form *form)
{
	size_t n = 0;
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		bool list = field->type == FIELD_CHOICE && !field->multiple && field->options_n > FIELD_RADIOS_MAX;
		n += field->required || list || (field->type != FIELD_CHECKBOX && field->type != FIELD_CHOICE);
	}
	return n;
}

static void check_form(struct loader *loader, struct form *form)
{
	loader->section = text_printed(loader_arena(loader), "form %s", form->name);
	loader->key = NULL;
	check_show(loader, form);
	if (form->fields_n && form->remember <= form->fastest)
		loader_fault(loader, "remember must be more than fastest, or no drawn form could be sent");
	loader->config->any_keep |= form->keep > 0;
	if (form->keep && form->keep < (form->remember > form->same ? form->remember : form->same))
		loader_fault(loader, "keep must not be less than remember or same, or a second post could make a second outcome");
	size_t sent = form->page ? 0 : fields_always_sent(form);
	if (sent && sent + 1 > form->limits.fields) /* with its token */
		loader_fault(loader, "max_fields must be %zu at the least, or the form that is drawn could not be sent", sent + 1);
	loader->section = text_printed(loader_arena(loader), "fields %s", form->name);
	for (size_t i = 0; i < form->fields_n; i++) {
		const char *wrong = field_check(&form->fields[i], loader_arena(loader));
		loader->key = form->fields[i].key;
		if (wrong)
			loader_fault(loader, "%s", wrong);
		if (form_field(form, span_of(form->fields[i].name)) != &form->fields[i])
			loader_fault(loader, "another field is posted as \"%s\" too", form->fields[i].name);
	}
	loader->key = NULL;
}

static void read_others(struct loader *loader)
{
	loader_routes_read(loader);
	loader_tasks_read(loader);
}

static void read_sections(struct loader *loader)
{
	size_t n = ini_sections(loader->ini);
	struct config *config = loader->config;
	config->forms = arena_take(&config->arena, (n + 1) * sizeof *config->forms);
	config->things = arena_take(&config->arena, (n + 1) * sizeof *config->things);
	config->tasks = arena_take(&config->arena, (n + 1) * sizeof *config->tasks);
	config->forwards = arena_take(&config->arena, (n + 1) * sizeof *config->forwards);
	struct setting_source source = loader_source(loader);
	setting_defaults(&source, SETTING_GENERAL, config);
	/* The kinds in turn, for a form takes its limits from [seeother], and a label needs its field. */
	for (size_t pass = 0; pass < 3 + ENTRY_SECTIONS; pass++)
		for (size_t i = 0; i < n; i++) {
			loader->section = ini_section(loader->ini, i);
			if (pass == 0 && !section_known(loader))
				loader_fault(loader, "there is no such section");
			else if (pass == 0 && strcmp(loader->section, "seeother") == 0)
				loader_each(loader, take_general, NULL, 0);
			else if (pass == 1)
				read_form(loader);
			else if (pass == 2)
				read_others(loader);
			else if (pass > 2)
				read_entry_section(loader, pass - 3);
		}
	for (size_t i = 0; i < config->forms_n; i++)
		check_form(loader, &config->forms[i]);
	loader_routes_check(loader);
	loader_tasks_check(loader);
	loader->section = NULL;
	if (!config->forms_n && !config->things_n && !config->forwards_n)
		loader_fault(loader, "there is no form in it: [form NAME]");
}

struct config *config_load(const char *file, struct text *faults)
{
	size_t before = faults->length;
	struct config *config = calloc(1, sizeof *config);
	if (!config)
		diag_die("out of memory");
	config->file = arena_copy(&config->arena, file, strlen(file));
	struct ini *ini = ini_load(file, faults);
	int reason = ini ? 0 : errno;
	struct loader loader = {.config = config, .faults = faults, .ini = ini};
	if (ini)
		read_sections(&loader);
	ini_free(ini);
	if (faults->length == before)
		return config;
	config_free(config);
	errno = reason;
	return NULL;
}

void config_keys_print(FILE *out)
{
	setting_print(out);
	for (size_t i = 0; i < ENTRY_SECTIONS; i++)
		fprintf(out, "[%s NAME]\n  %s\n", entry_sections[i].name, entry_sections[i].meaning);
}

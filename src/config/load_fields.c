/* Loading the sections that describe a form's fields. */
#include "config/load_fields.h"

#include <string.h>

#include "base/span.h"
#include "config/option_list.h"
#include "config/reader.h"

/* Reads the text that a section has for a field; returns NULL or what is wrong with it. */
typedef const char *field_reader(struct field *, const char *text, const struct setting_source *);

static struct form *find_form(const struct loader *loader, const struct ini_section *section, const char *name)
{
	const struct form *form = config_form(loader->config, span_of(name));
	if (!form)
		loader_fault(loader, section->name, NULL, "there is no [form %s]", name);
	return form ? &loader->config->forms[form - loader->config->forms] : NULL;
}

static struct field *find_field(struct form *form, const char *key)
{
	for (size_t i = 0; i < form->fields_n; i++)
		if (strcmp(form->fields[i].key, key) == 0)
			return &form->fields[i];
	return NULL;
}

/* Reads what a section says of fields that are there already. */
static void read_each(const struct loader *loader, const struct ini_section *section, const char *name, field_reader *read)
{
	struct form *form = find_form(loader, section, name);
	struct setting_source source = loader_source(loader);
	for (size_t i = 0; form && i < section->entries_n; i++) {
		const struct ini_entry *entry = &section->entries[i];
		const char *text = loader_text(loader, section, entry);
		struct field *field = find_field(form, entry->key);
		const char *wrong = !text ? NULL : field ? read(field, text, &source) : "there is no such field";
		if (wrong)
			loader_fault(loader, section->name, entry->key, "%s", wrong);
	}
}

/* Makes a field of an entry of [fields NAME]. It is posted under its key as that is written. */
static void make_field(const struct loader *loader, const struct ini_section *section, const struct ini_entry *entry, struct form *form)
{
	struct setting_source source = loader_source(loader);
	const char *text = loader_text(loader, section, entry);
	if (!text)
		return;
	if (entry->key[0] != '_' && !reader_is_name(entry->key)) {
		loader_fault(loader, section->name, entry->key,
			"a field's key has letters, digits, hyphens and underscores, and begins with a letter or digit; name= gives it any name");
		return;
	}
	struct field *field = &form->fields[form->fields_n++];
	*field = (struct field){.key = arena_copy(source.arena, entry->key, strlen(entry->key)),
		.name = arena_copy(source.arena, entry->name, strlen(entry->name))};
	const char *wrong = field_read(field, text, &source);
	if (wrong)
		loader_fault(loader, section->name, entry->key, "%s", wrong);
}

void load_fields_read(const struct loader *loader, const struct ini_section *section, const char *name)
{
	struct form *form = find_form(loader, section, name);
	if (!form)
		return;
	if (form->fields || !section->entries_n) {
		loader_fault(loader, section->name, NULL,
			form->fields ? "there is another section for these fields"
				     : "has no fields; leave the section out for a form that takes anything");
		return;
	}
	form->fields = arena_take(&loader->config->arena, section->entries_n * sizeof *form->fields);
	for (size_t i = 0; i < section->entries_n; i++)
		make_field(loader, section, &section->entries[i], form);
}

static const char *read_label(struct field *field, const char *text, const struct setting_source *source)
{
	field->label = arena_copy(source->arena, text, strlen(text));
	return *text ? NULL : "a label needs a text";
}

void load_fields_read_labels(const struct loader *loader, const struct ini_section *section, const char *form)
{
	read_each(loader, section, form, read_label);
}

static const char *read_help(struct field *field, const char *text, const struct setting_source *source)
{
	return reader_text(source, text, &field->help);
}

void load_fields_read_help(const struct loader *loader, const struct ini_section *section, const char *form)
{
	read_each(loader, section, form, read_help);
}

static const char *read_options(struct field *field, const char *text, const struct setting_source *source)
{
	return option_list_read(&field->options, text, source);
}

void load_fields_read_options(const struct loader *loader, const struct ini_section *section, const char *form)
{
	read_each(loader, section, form, read_options);
}

static const char *read_pattern(struct field *field, const char *text, const struct setting_source *source)
{
	return reader_text(source, text, &field->pattern);
}

void load_fields_read_patterns(const struct loader *loader, const struct ini_section *section, const char *form)
{
	read_each(loader, section, form, read_pattern);
}

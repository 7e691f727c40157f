/* Loading [form NAME]. */
#include "config/load_form.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "config/reader.h"

/* Returns what is wrong with the name of a form, or NULL. */
static const char *wrong_form_name(const struct config *config, const char *name)
{
	if (!reader_is_name(name))
		return "a form needs a name of letters, digits, hyphens and underscores, such as [form contact]";
	if (strcmp(name, "-") == 0)
		return "\"-\" is the name of the owner's desk";
	if (strcmp(name, "health") == 0)
		return "\"health\" is the name of the health check, S/-/health";
	if (strcmp(name, "secret") == 0 || strcmp(name, "rates") == 0 || strcmp(name, "worker") == 0)
		return "the data folder has a file of that name";
	return config_form(config, span_of(name)) ? "there is another section for this form" : NULL;
}

void load_form_read(const struct loader *loader, const struct ini_section *section, const char *name)
{
	struct config *config = loader->config;
	const char *wrong = wrong_form_name(config, name);
	if (wrong) {
		loader_fault(loader, section->name, NULL, "%s", wrong);
		return;
	}
	struct form *form = config_add_form(config, arena_copy(&config->arena, name, strlen(name)));
	form->limits = config->limits;
	form->index = config->index;
	form->charset = config->charset;
	loader_settings(loader, section, SETTING_FORM, form);
	if (!form->title)
		form->title = form->name;
	if (!form->languages.n)
		form->languages = config->languages;
}

static void check_show(const struct loader *loader, const char *section, const struct form *form)
{
	struct text names = {.arena = &loader->config->arena};
	if (form->show.which != SHOW_NAMED || !form->fields_n)
		return;
	text_put(&names, form->show.names);
	for (char *rest, *name = strtok_r(names.bytes, " \t,", &rest); name; name = strtok_r(NULL, " \t,", &rest))
		if (!form_field(form, span_of(name)))
			loader_fault(loader, section, "show", "takes all, none or names of fields, and \"%s\" is not one", name);
}

static void check_columns(const struct loader *loader, const char *section, const struct form *form)
{
	for (size_t i = 0; i < form->columns.n && form->fields_n; i++)
		if (!form_field(form, span_of(form->columns.words[i])))
			loader_fault(loader, section, "columns", "takes names of fields, and \"%s\" is not one", form->columns.words[i]);
}

/* Returns how many of a form's fields a browser posts whatever is chosen, or has to. */
static size_t fields_always_sent(const struct form *form)
{
	size_t n = 0;
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		bool list = field->type == FIELD_CHOICE && !field->multiple && field->options.n > FIELD_RADIOS_MAX;
		n += field->required || list || (field->type != FIELD_CHECKBOX && field->type != FIELD_CHOICE);
	}
	return n;
}

static void check_form(const struct loader *loader, const struct form *form)
{
	const char *section = text_printed(&loader->config->arena, "form %s", form->name);
	check_show(loader, section, form);
	check_columns(loader, section, form);
	if (form->fields_n && form->remember <= form->fastest)
		loader_fault(loader, section, "remember", "must be more than fastest, or no drawn form could be sent");
	if (form->keep && form->keep < (form->remember > form->same ? form->remember : form->same))
		loader_fault(
			loader, section, "keep", "must not be less than remember or same, or a second post could make a second outcome");
	size_t sent = form->page ? 0 : fields_always_sent(form);
	if (sent && sent + 1 > form->limits.fields) /* with its token */
		loader_fault(loader, section, "max_fields", "must be at least %zu, or the form that is drawn could not be sent", sent + 1);
}

static void check_fields_of(const struct loader *loader, const struct form *form)
{
	struct arena *arena = &loader->config->arena;
	const char *section = text_printed(arena, "fields %s", form->name);
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		const char *wrong = field_check(field, arena);
		if (wrong)
			loader_fault(loader, section, field->key, "%s", wrong);
		if (form_field(form, span_of(field->name)) != field)
			loader_fault(loader, section, field->key, "another field is posted as \"%s\" too", field->name);
	}
}

void load_form_check(const struct loader *loader)
{
	for (size_t i = 0; i < loader->config->forms_n; i++) {
		const struct form *form = &loader->config->forms[i];
		check_form(loader, form);
		check_fields_of(loader, form);
		loader->config->any_keep |= form->keep > 0;
	}
}

/*
 * A file of the folder of forms is read as config.ini is, but into a configuration of its own that has the one form, so that its faults
 * are told with its name and lines, and that it can be freed alone.
 */
#include "config/form_file.h"

#include <errno.h>
#include <string.h>

#include "base/file_state.h"
#include "base/text.h"
#include "config/ini.h"
#include "config/load_fields.h"
#include "config/load_form.h"
#include "config/load_route.h"
#include "config/load_task.h"
#include "config/loader.h"

/* The sections of a form, in the order in which they are read. */
static const struct {
	const char *kind;
	void (*read)(const struct loader *, const struct ini_section *, const char *name);
} parts[] = {
	{"form", load_form_read},
	{"fields", load_fields_read},
	{"labels", load_fields_read_labels},
	{"help", load_fields_read_help},
	{"options", load_fields_read_options},
	{"patterns", load_fields_read_patterns},
};

enum { PARTS = sizeof parts / sizeof *parts };

/* Checks that a section belongs to the form. */
static void check_part(const struct loader *loader, const char *section, const char *form)
{
	const char *name = NULL;
	for (size_t i = 0; i < PARTS && !name; i++)
		name = loader_name(section, parts[i].kind);
	if (!name)
		loader_fault(
			loader, section, NULL, "this file describes the form \"%s\" alone; this section belongs into config.ini", form);
	else if (strcmp(name, form) != 0)
		loader_fault(
			loader, section, NULL, "this file describes the form \"%s\" alone; another form needs a file of its own", form);
}

static void read_parts(const struct loader *loader, const char *form)
{
	size_t n;
	const char *name;
	const struct ini_section *sections = ini_sections(loader->ini, &n);
	size_t before = loader->faults->length;
	for (size_t i = 0; i < n; i++)
		check_part(loader, sections[i].name, form);
	if (loader->faults->length > before)
		return;
	for (size_t part = 0; part < PARTS; part++)
		for (size_t i = 0; i < n; i++)
			if ((name = loader_name(sections[i].name, parts[part].kind)))
				parts[part].read(loader, &sections[i], name);
}

/* Checks the form that was read, also against config.ini, of which whole is what is in force. */
static void check_form_file(const struct loader *loader, const struct config *whole, const char *name)
{
	const char *section = text_printed(&loader->config->arena, "form %s", name);
	const char *route = load_route_at(whole, name, &loader->config->arena);
	if (!loader->config->forms_n) {
		loader_fault(loader, NULL, NULL, "needs a section [form %s]", name);
		return;
	}
	if (config_form(whole, span_of(name)))
		loader_fault(loader, section, NULL, "%s has a section for this form too; keep one of them", whole->file);
	if (route)
		loader_fault(loader, section, NULL, "[%s] in %s has this address", route, whole->file);
	load_form_check(loader);
	load_task_check_form(loader, loader->config->forms);
}

/* Reads the file into a configuration that has everything but the forms. Gives 0, or an errno. */
static int read_form(struct config *part, const struct config *whole, const char *name, struct text *faults)
{
	struct file_state state;
	if (file_state_read(part->file, &state) == 0 && state.size > FORM_FILE_MAX) {
		text_format(faults, "%s: is larger than 1 MB\n", part->file);
		return 0;
	}
	struct ini *ini = ini_load(part->file, faults);
	int reason = ini ? 0 : errno;
	size_t before = faults->length;
	const struct loader loader = {part, ini, faults};
	if (ini)
		read_parts(&loader, name);
	if (ini && faults->length == before)
		check_form_file(&loader, whole, name);
	ini_free(ini);
	return reason;
}

const struct form *form_file_load(const struct config *whole, const char *name, struct arena *arena, struct text *faults)
{
	struct config part = *whole;
	size_t before = faults->length;
	part.arena = *arena;
	part.file = text_printed(&part.arena, "%s/%s.ini", whole->folder, name);
	part.slots = NULL;
	config_make_forms(&part, 1);
	int reason = read_form(&part, whole, name, faults);
	*arena = part.arena;
	errno = reason;
	if (faults->length > before)
		return NULL;
	part.forms->file = part.file;
	return part.forms;
}

/*
 * Loading config.ini. From it only strings are taken; setting.c says what they mean. A section or key that is not known is a fault, never
 * ignored: a misspelt limit would otherwise be no limit.
 */
#include "config/config_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/host.h"
#include "base/path.h"
#include "base/text.h"
#include "config/config_path.h"
#include "config/exposure.h"
#include "config/load_fields.h"
#include "config/load_form.h"
#include "config/load_route.h"
#include "config/load_task.h"
#include "config/loader.h"

/* Reads a section, whose name after its kind is given. */
typedef void section_reader(const struct loader *, const struct ini_section *, const char *name);

static section_reader read_general;

/* The kinds of sections, in the order in which they are read: a form takes its limits from [seeother], and a label needs its field. */
static const struct {
	const char *kind;
	section_reader *read;
} kinds[] = {
	{"seeother", read_general},
	{"form", load_form_read},
	{"thing", load_route_read_thing},
	{"forward", load_route_read_forward},
	{"task", load_task_read},
	{"fields", load_fields_read},
	{"labels", load_fields_read_labels},
	{"help", load_fields_read_help},
	{"options", load_fields_read_options},
	{"patterns", load_fields_read_patterns},
};

enum { KINDS = sizeof kinds / sizeof *kinds, SEEOTHER = 0 };

static void read_general(const struct loader *loader, const struct ini_section *section, const char *name)
{
	(void)name;
	for (size_t i = 0; i < section->entries_n; i++)
		loader_setting(loader, section, &section->entries[i], SETTING_GENERAL, loader->config);
}

/* Returns the number of a section's kind, and its name; KINDS if there is no such kind. [seeother] has no name. */
static size_t kind_of(const char *section, const char **name)
{
	*name = "";
	if (strcmp(section, kinds[SEEOTHER].kind) == 0)
		return SEEOTHER;
	for (size_t i = SEEOTHER + 1; i < KINDS; i++)
		if ((*name = loader_name(section, kinds[i].kind)))
			return i;
	return KINDS;
}

/* Makes room for as many forms, things, tasks and forwards as there are sections. */
static void make_lists(struct config *config, size_t n)
{
	config_make_forms(config, n);
	config->things = arena_take(&config->arena, (n + 1) * sizeof *config->things);
	config->tasks = arena_take(&config->arena, (n + 1) * sizeof *config->tasks);
	config->forwards = arena_take(&config->arena, (n + 1) * sizeof *config->forwards);
}

static void read_sections(const struct loader *loader)
{
	size_t n;
	const struct ini_section *sections = ini_sections(loader->ini, &n);
	const char *name;
	struct setting_source source = loader_source(loader);
	make_lists(loader->config, n);
	setting_defaults(&source, SETTING_GENERAL, loader->config);
	for (size_t i = 0; i < n; i++)
		if (kind_of(sections[i].name, &name) == KINDS)
			loader_fault(loader, sections[i].name, NULL, "there is no such section");
	for (size_t kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < n; i++)
			if (kind_of(sections[i].name, &name) == kind)
				kinds[kind].read(loader, &sections[i], name);
}

/* Checks the folder of forms, and makes slots for those that will be read from it. */
static void check_folder(const struct loader *loader)
{
	struct config *config = loader->config;
	if (!config->folder)
		return;
	if (access(config->folder, R_OK | X_OK) < 0)
		loader_fault(loader, "seeother", "forms", "the folder %s can't be read: %s", config->folder, strerror(errno));
	else if (access(config->data, F_OK) == 0 && path_is_inside(config->folder, config->data))
		loader_fault(loader, "seeother", "forms", "the folder %s is inside the data folder; choose one outside", config->folder);
	config->slots = arena_take(&config->arena, sizeof *config->slots);
	config->any_keep = true;
}

/* Gives what stands for this host. It is read now, since a process that answers requests may not. */
static const char *host_of(const struct loader *loader)
{
	char *name = arena_take(&loader->config->arena, HOST_NAME);
	host_name(name);
	return name;
}

/* Checks, once all sections are read, that they hold together. Where there were faults, a form may be missing because of them. */
static void check_sections(const struct loader *loader)
{
	struct config *config = loader->config;
	if (!config->local)
		config->local = config->data;
	if (*config->node)
		config->host = host_of(loader);
	if (exposure_data_holds(config))
		loader_fault(
			loader, "seeother", "data", "the folder %s contains this file; choose a folder for the data alone", config->data);
	load_form_check(loader);
	check_folder(loader);
	load_route_check(loader);
	load_task_check(loader);
	if (!loader->faults->length && !config->folder && !config->forms_n && !config->things_n && !config->forwards_n)
		loader_fault(loader, NULL, NULL, "there is no form in it; add a section [form NAME]");
}

/* Returns the folders from that of a file up. */
static const struct path_chain *folders_above(const char *file, struct arena *arena)
{
	struct path_chain *chain = arena_take(arena, sizeof *chain);
	const char *slash = strrchr(file, '/');
	path_climb(chain, slash ? arena_copy(arena, file, slash == file ? 1 : (size_t)(slash - file)) : ".");
	return chain;
}

struct config *config_load(const char *file, struct text *faults)
{
	size_t before = faults->length;
	struct config *config = calloc(1, sizeof *config);
	if (!config)
		diag_die("out of memory");
	config->file = arena_copy(&config->arena, file, strlen(file));
	config->above = folders_above(file, &config->arena);
	struct ini *ini = ini_load(file, faults);
	int reason = ini ? 0 : errno;
	char places[2 * PATH_MAX];
	if (!ini && reason == ENOENT && config_path_explain(file, places))
		text_format(faults, "there is no config.ini: %s\n", places);
	const struct loader loader = {config, ini, faults};
	if (ini) {
		read_sections(&loader);
		check_sections(&loader);
	}
	ini_free(ini);
	if (faults->length == before)
		return config;
	config_free(config);
	errno = reason;
	return NULL;
}

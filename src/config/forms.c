/*
 * The forms of a site. A name comes from a URL, so it is checked before a file of that name is looked for: it has neither a slash nor a
 * dot. A process holds a bounded number of forms of the folder; the one that was asked for least recently gives its slot to the next.
 */
#include "config/forms.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "config/form_file.h"

enum { FILES_AT_A_TIME = 256, END = sizeof ".ini" - 1 };

/* A file of the folder, or the folder itself, as it was when it was read. */
struct watched_file {
	const char *path;
	struct file_state state;
};

struct form_watch {
	struct watched_file *files; /* the folder first */
	size_t n, turn;
};

/* Tells whether a form may have that name: a file's name can't lead elsewhere then. */
static bool is_form_name(struct span name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!name.bytes[i] || !strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", name.bytes[i]))
			return false;
	return name.length && name.length <= CONFIG_NAME_MAX && !strchr("-_", *name.bytes);
}

/* Writes the path of a form's file; false if there can't be one. */
static bool path_of_form(const struct config *config, struct span name, char path[PATH_MAX])
{
	return config->slots && is_form_name(name) &&
		snprintf(path, PATH_MAX, "%s/%.*s.ini", config->folder, (int)name.length, name.bytes) < PATH_MAX;
}

bool forms_have(const struct config *config, struct span name)
{
	char path[PATH_MAX];
	return config_form(config, name) || (path_of_form(config, name, path) && access(path, F_OK) == 0);
}

/* --- one of the folder --------------------------------------------------------------------------------------------- */

static void clear_slot(struct form_slot *slot)
{
	arena_free(&slot->arena);
	*slot = (struct form_slot){.name = ""};
}

/* Gives the slot that has the form of that name or, if fresh is set, one that is cleared for it; or NULL. */
static struct form_slot *slot_for(struct form_slots *slots, struct span name, bool fresh)
{
	struct form_slot *oldest = slots->slots;
	for (size_t i = 0; i < FORM_SLOTS; i++) {
		if (span_is(name, slots->slots[i].name))
			return &slots->slots[i];
		if (slots->slots[i].asked < oldest->asked)
			oldest = &slots->slots[i];
	}
	if (!fresh)
		return NULL;
	clear_slot(oldest);
	memcpy(oldest->name, name.bytes, name.length);
	return oldest;
}

static void log_lines(char *lines)
{
	for (char *rest, *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		diag_error("%s", line);
}

/* Reads the file of a slot; what the slot had stays if that fails. */
static void read_slot(const struct config *config, struct form_slot *slot)
{
	struct arena arena = {0}, said = {0};
	struct text faults = {.arena = &said};
	const struct form *form = form_file_load(config, slot->name, &arena, &faults);
	bool before = slot->unread;
	slot->unread = !form && errno != 0;
	slot->tried = time(NULL);
	if (form) {
		struct form *copy = arena_take(&arena, sizeof *copy);
		*copy = *form;
		copy->name = slot->name; /* the store has it until it sees the new version */
		copy->place = config->forms_n + (size_t)(slot - config->slots->slots);
		copy->version = ++config->slots->versions;
		arena_free(&slot->arena);
		slot->arena = arena;
		slot->form = copy;
	} else {
		arena_free(&arena);
		if (!slot->unread || !before) {
			log_lines(faults.bytes);
			diag_error("the form \"%s\" %s", slot->name,
				slot->form ? "stays as it was before" : "can't be used; requests for it are answered 500");
		}
	}
	arena_free(&said);
}

const struct form *forms_find(const struct config *config, struct span name)
{
	char path[PATH_MAX];
	struct file_state state;
	const struct form *own = config_form(config, name);
	if (own || !path_of_form(config, name, path))
		return own;
	bool gone = file_state_read(path, &state) < 0 && (errno == ENOENT || errno == ENOTDIR);
	struct form_slot *slot = slot_for(config->slots, name, !gone);
	if (gone && slot)
		clear_slot(slot);
	if (gone)
		return NULL;
	if (!slot->asked || !file_state_same(&state, &slot->state) || (slot->unread && slot->tried != time(NULL))) {
		slot->state = state;
		read_slot(config, slot);
	}
	slot->asked = ++config->slots->asked;
	return slot->form;
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

/* Chooses what looks like the file of a form; editors leave other names beside them. */
static int is_ini(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);
	return entry->d_name[0] != '.' && n > END && strcmp(entry->d_name + n - END, ".ini") == 0;
}

static void watch_file(struct config *config, const char *path)
{
	struct watched_file *file = &config->watch->files[config->watch->n++];
	file->path = path;
	file_state_read(path, &file->state);
}

/* Reads a file of the folder and adds its form to those of the configuration. */
static void load_one(struct config *config, const char *file, struct text *faults)
{
	struct span name = {file, strlen(file) - END};
	struct arena *arena = &config->arena;
	watch_file(config, text_printed(arena, "%s/%s", config->folder, file));
	if (!is_form_name(name)) {
		text_format(faults,
			"%s/%s: is not a name for the file of a form, such as contact.ini: up to %d small letters, digits, "
			"hyphens and underscores\n",
			config->folder, file, CONFIG_NAME_MAX);
		return;
	}
	const struct form *form = form_file_load(config, arena_copy(arena, name.bytes, name.length), arena, faults);
	if (!form)
		return;
	struct form *added = config_add_form(config, form->name);
	size_t place = added->place;
	*added = *form;
	added->place = place;
	config->any_keep |= form->keep > 0;
}

/* Makes room for more forms behind those that the configuration has. */
static void make_more_room(struct config *config, size_t n)
{
	const struct form *own = config->forms;
	size_t own_n = config->forms_n;
	config_make_forms(config, own_n + n);
	config->any_keep = false;
	for (size_t i = 0; i < own_n; i++) {
		*config_add_form(config, own[i].name) = own[i];
		config->any_keep |= own[i].keep > 0;
	}
}

void forms_load(struct config *config, struct text *faults)
{
	struct dirent **names = NULL;
	if (!config->slots)
		return;
	config->slots = NULL; /* from now on the list has them all */
	config->watch = arena_take(&config->arena, sizeof *config->watch);
	struct watched_file folder = {.path = config->folder};
	file_state_read(config->folder, &folder.state);
	int n = scandir(config->folder, &names, is_ini, alphasort);
	if (n < 0)
		text_format(faults, "%s: can't be read: %s\n", config->folder, strerror(errno));
	config->watch->files = arena_take(&config->arena, ((size_t)(n < 0 ? 0 : n) + 1) * sizeof *config->watch->files);
	config->watch->files[config->watch->n++] = folder;
	make_more_room(config, n < 0 ? 0 : (size_t)n);
	for (int i = 0; i < n; i++) {
		load_one(config, names[i]->d_name, faults);
		free(names[i]);
	}
	free(names);
}

struct config *forms_whole(const struct config *config)
{
	struct config *whole = malloc(sizeof *whole);
	struct arena said = {0};
	struct text faults = {.arena = &said};
	if (!whole)
		diag_die("out of memory");
	*whole = *config;
	whole->arena = (struct arena){0};
	forms_load(whole, &faults);
	arena_free(&said);
	return whole;
}

static bool differs_now(struct watched_file *file)
{
	struct file_state state;
	file_state_read(file->path, &state);
	bool changed = !file_state_same(&state, &file->state);
	file->state = state;
	return changed;
}

bool forms_changed(const struct config *config)
{
	struct form_watch *watch = config->watch;
	bool changed = watch && differs_now(watch->files);
	for (size_t i = 0; watch && i < FILES_AT_A_TIME && i + 1 < watch->n; i++) {
		watch->turn = watch->turn + 1 < watch->n ? watch->turn + 1 : 1;
		changed |= differs_now(&watch->files[watch->turn]);
	}
	return changed;
}

/* Reads config.ini when it changes, and keeps what belongs to it: store, catalogues, maps. */
#include "keep/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/folder.h"
#include "base/text.h"
#include "config/config_load.h"
#include "config/exposure.h"
#include "config/forms.h"
#include "keep/map.h"

/* A list of the catalogues that were read. */
struct read_catalogue {
	const char *tag;
	const struct catalogue *catalogue;
	struct read_catalogue *next;
};

void site_begin(struct site *site, const char *file)
{
	*site = (struct site){.file = file};
	access_log_begin(&site->access);
}

static bool same_state(const struct site *site, const struct stat *status)
{
	return site->seen && !(site->unread && time(NULL) != site->tried) && status->st_dev == site->device &&
		status->st_ino == site->inode && status->st_size == site->size && status->st_mtim.tv_sec == site->changed.tv_sec &&
		status->st_mtim.tv_nsec == site->changed.tv_nsec;
}

static void say_lines(char *lines)
{
	for (char *rest, *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		diag_error("%s", line);
}

static void forget_root(struct site *site)
{
	free(site->root);
	site->root = NULL;
}

static void forget(struct site *site)
{
	for (size_t i = 0; site->maps && i < site->config->things_n; i++)
		map_end(&site->maps[i]);
	site->maps = NULL;
	arena_free(&site->arena);
	site->catalogues = NULL;
}

const struct catalogue *site_catalogue(struct site *site, const char *tag)
{
	if (strcmp(tag, message_english.tag) == 0)
		return &message_english;
	for (const struct read_catalogue *had = site->catalogues; had; had = had->next)
		if (strcmp(had->tag, tag) == 0)
			return had->catalogue;
	struct text faults = {.arena = &site->arena};
	struct read_catalogue *fresh = arena_take(&site->arena, sizeof *fresh);
	fresh->tag = arena_copy(&site->arena, tag, strlen(tag));
	const char *path = catalogue_path(site->config, tag, &site->arena);
	fresh->catalogue = path ? catalogue_load(path, tag, &site->arena, &faults) : NULL;
	if (faults.length)
		say_lines(faults.bytes);
	if (!fresh->catalogue)
		fresh->catalogue = &message_english;
	fresh->next = site->catalogues;
	site->catalogues = fresh;
	return fresh->catalogue;
}

bool site_changed(struct site *site)
{
	struct stat status = {0};
	if (stat(site->file, &status) < 0)
		memset(&status, 0, sizeof status);
	site->stale |= site->whole && site->config && forms_changed(site->config);
	return site->stale || !same_state(site, &status);
}

void site_refresh(struct site *site)
{
	struct stat status = {0};
	int missing = stat(site->file, &status);
	if (missing)
		memset(&status, 0, sizeof status);
	if (same_state(site, &status) && !site->stale)
		return;
	site->stale = false;
	struct arena arena = {0};
	struct text faults = {.arena = &arena};
	struct config *config = config_load(site->file, &faults);
	bool before = site->unread;
	site->unread = !config && errno != 0 && errno != ENOENT;
	site->tried = time(NULL);
	if (config) {
		config->changed = status.st_mtime;
		site->own = config->node;
		if (site->node)
			config->node = site->node;
		if (site->whole)
			forms_load(config, &faults);
		if (faults.length)
			say_lines(faults.bytes); /* a form at fault is left out */
		store_free(site->store);
		forget(site);
		config_free(site->config);
		site->config = config;
		site->store = store_new(config);
		store_umask(config);
		if (config->local != config->data && folder_make(config->local) < 0)
			diag_system("[seeother] local: %s: can't be made; rates aren't counted, and each post is flushed for itself",
				config->local);
		site->maps = arena_take(&site->arena, (config->things_n + 1) * sizeof *site->maps);
		forget_root(site);
	} else if (!site->unread || !before) {
		say_lines(faults.bytes);
		if (site->config)
			diag_error("%s: the previous configuration stays in force", site->file);
	}
	arena_free(&arena);
	site->seen = true;
	site->device = status.st_dev;
	site->inode = status.st_ino;
	site->size = status.st_size;
	site->changed = status.st_mtim;
}

bool site_exposed(struct site *site, const char *document_root, bool aliased)
{
	if (!document_root)
		return false;
	if (!site->root || site->aliased != aliased || strcmp(site->root, document_root) != 0) {
		site->aliased = aliased;
		forget_root(site);
		site->root = strdup(document_root);
		if (!site->root)
			diag_die("out of memory");
		struct arena arena = {0};
		const char *exposed = exposure_find(site->config, document_root, aliased, &arena);
		site->exposed = exposed != NULL;
		if (exposed)
			diag_error_everywhere("%s: %s", site->file, exposed);
		arena_free(&arena);
	}
	return site->exposed;
}

void site_end(struct site *site)
{
	access_log_end(&site->access);
	store_free(site->store);
	forget(site);
	config_free(site->config);
	forget_root(site);
	*site = (struct site){0};
}

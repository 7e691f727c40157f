/*
 * A line with a key that no claim leads to is on its way, or was left by a post that died; its own host decides it soon. Until then
 * nobody was told of it. A node without a file that says how far it is has no such line.
 */
#include "keep/claimed.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "keep/claim.h"
#include "keep/record.h"

/* How far the lines of a node are decided. */
struct claimed_node {
	uint8_t number;
	struct decided decided;
};

static void add_node(struct claimed *claimed, const char *name)
{
	struct claimed_node node = {.number = id_node(name)};
	int found = decided_read(&node.decided, &claimed->log, name);
	if (found < 0) {
		diag_system("the form \"%s\": it can't be read how far the lines of %s are decided", claimed->log.form, name);
		claimed->failed = true;
	}
	if (found == 0)
		return;
	claimed->nodes = realloc(claimed->nodes, (claimed->n + 2) * sizeof node);
	if (!claimed->nodes)
		diag_die("out of memory");
	claimed->nodes[claimed->n++] = node;
}

void claimed_begin(struct claimed *claimed, const struct config *config, const struct form *form)
{
	char path[PATH_MAX];
	*claimed = (struct claimed){.failed = false};
	log_begin(&claimed->log, config->data, form->name, config->node, false);
	if (!*config->node)
		return;
	log_folder(&claimed->log, path);
	DIR *folder = opendir(path);
	errno = folder ? 0 : errno;
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (strncmp(entry->d_name, DECIDED_PREFIX, sizeof DECIDED_PREFIX - 1) == 0 && !strstr(entry->d_name, ".new"))
			add_node(claimed, entry->d_name + sizeof DECIDED_PREFIX - 1);
	if (folder)
		closedir(folder);
}

/* Tells whether a claim of any generation leads to a line. */
static bool is_claimed(struct claimed *claimed, const struct key *key, struct span id)
{
	uint64_t oldest, newest;
	int named = generation_range(&claimed->log, &oldest, &newest);
	for (uint64_t number = newest; !named && number && number >= oldest; number--)
		named = claim_names(&claimed->log, number, key, id);
	if (named < 0 && !claimed->failed) {
		diag_system("the claims of \"%s\" can't be read", claimed->log.form);
		claimed->failed = true;
	}
	return named > 0;
}

bool claimed_shows(struct claimed *claimed, struct place place, struct span line)
{
	struct record_start start;
	struct key key;
	bool decided = true;
	for (size_t i = 0; i < claimed->n; i++)
		if (claimed->nodes[i].number == place.node)
			decided &= decided_covers(&claimed->nodes[i].decided, place.day, place.offset);
	if (decided || !record_start_read(line, claimed->log.form, &start) || !key_read(start.key, &key))
		return true;
	return is_claimed(claimed, &key, start.id);
}

void claimed_end(struct claimed *claimed)
{
	free(claimed->nodes);
	log_end(&claimed->log);
	*claimed = (struct claimed){.n = 0};
}

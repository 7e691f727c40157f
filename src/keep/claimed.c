/*
 * A line with a key that no claim leads to is on its way, or was left by a post that died; its own host decides it soon. Until then
 * nobody was told of it. A node without a file that says how far it is has no such line; where one can't be read, each line with a key
 * may be such a one.
 */
#include "keep/claimed.h"

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

static int add_node(void *context, const char *name, const struct decided *decided)
{
	struct claimed *claimed = context;
	struct claimed_node node = {id_node(name), *decided};
	claimed->nodes = realloc(claimed->nodes, (claimed->n + 2) * sizeof node);
	if (!claimed->nodes)
		diag_die("out of memory");
	claimed->nodes[claimed->n++] = node;
	return 0;
}

void claimed_begin(struct claimed *claimed, const struct config *config, const struct form *form)
{
	*claimed = (struct claimed){.failed = false};
	log_begin(&claimed->log, config->data, form->name, config->node, false);
	if (*config->node && decided_file_each(&claimed->log, add_node, claimed) < 0) {
		diag_system("the form \"%s\": it can't be read how far the lines of hosts are decided", form->name);
		claimed->failed = claimed->unread = true;
	}
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
	bool decided = !claimed->unread;
	for (size_t i = 0; i < claimed->n; i++)
		if (claimed->nodes[i].number == place.node)
			decided &= decided_file_covers(&claimed->nodes[i].decided, place.day, place.offset);
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

/* A key is looked up and added under one lock; the flush comes after it, so that posts share one. */
#include "keep/keyed_table.h"

#include <string.h>

#include "keep/log_line.h"

/* A key to add to the index once the place of its line is known. */
struct claim {
	struct key_index *index;
	const struct key *key;
	time_t now;
};

static int claim_take(void *context, struct place place)
{
	const struct claim *claim = context;
	return key_index_add(claim->index, claim->key, place, claim->now);
}

/* Looks up the key, and writes the line if there is none. The index is locked. */
static enum store_kept find_or_write(struct keyed_table *keyed, const struct secret *secret, struct log_line *line, struct arena *arena,
	const struct claim *claim, char id[ID_LENGTH + 1])
{
	struct key_index *index = &keyed->index;
	struct key_index_line had;
	switch (key_index_find(index, secret, claim->key, claim->now, arena, &had)) {
	case KEY_ABSENT:
		if (log_write(keyed->log, secret, line, claim->now, &(struct log_claim){claim_take, (void *)(uintptr_t)claim}, id) < 0)
			return STORE_FAILED;
		key_index_note(index, line);
		return STORE_KEPT;
	case KEY_FOUND: strcpy(id, had.id); return key_index_confirm(index, claim->key, &had) < 0 ? STORE_FAILED : STORE_KEPT_BEFORE;
	case KEY_OTHER: strcpy(id, had.id); return STORE_KEPT_OTHER;
	case KEY_FAILED: break;
	}
	return STORE_FAILED;
}

/* Takes back the line whose flush failed, unless another post with its key has made it durable meanwhile. */
static enum store_kept take_back(struct keyed_table *keyed, struct log_line *line, const struct claim *claim)
{
	struct key_index *index = &keyed->index;
	if (key_index_lock(index, claim->now) < 0)
		return STORE_FAILED; /* the line may have been promised to another post, so it stays */
	enum key_index_confirmed confirmed = key_index_confirmed(index, claim->key, line->place);
	bool kept = confirmed == KEY_CONFIRMED;
	if (confirmed == KEY_ALONE)
		log_take_back(keyed->log, line);
	else if (confirmed == KEY_UNKNOWN)
		kept = log_line_renew(keyed->log, (struct span){line->bytes, line->length}, line->place) == 0;
	key_index_unlock(index);
	return kept ? STORE_KEPT : STORE_FAILED;
}

void keyed_table_begin(struct keyed_table *keyed, struct log *log, uint64_t remember)
{
	keyed->log = log;
	key_index_begin(&keyed->index, log, remember);
}

void keyed_table_end(struct keyed_table *keyed)
{
	key_index_end(&keyed->index);
}

enum store_kept keyed_table_keep(struct keyed_table *keyed, const struct secret *secret, struct text *text, time_t now,
	const struct key *key, char id[ID_LENGTH + 1])
{
	struct log_line line = {.bytes = text->bytes, .length = text->length};
	struct claim claim = {&keyed->index, key, now};
	if (key_index_lock(&keyed->index, now) < 0)
		return STORE_FAILED;
	enum store_kept kept = find_or_write(keyed, secret, &line, text->arena, &claim, id);
	key_index_unlock(&keyed->index);
	if (kept == STORE_KEPT && log_flush(keyed->log) < 0)
		return take_back(keyed, &line, &claim);
	return kept;
}

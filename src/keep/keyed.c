/* Chooses how the lines of keys are found: where a host has a name, other hosts may share the data folder. */
#include "keep/keyed.h"

void keyed_begin(struct keyed *keyed, struct log *log, uint64_t remember)
{
	keyed_table_begin(&keyed->table, log, remember);
	keyed->claims = (struct keyed_claims){.log = log, .remember = remember};
}

void keyed_end(struct keyed *keyed)
{
	keyed_table_end(&keyed->table);
	keyed->claims.generation.number = 0;
}

enum store_kept keyed_keep(
	struct keyed *keyed, const struct secret *secret, struct text *line, time_t now, const struct key *key, char id[ID_LENGTH + 1])
{
	return *keyed->claims.log->node ? keyed_claims_keep(&keyed->claims, secret, line, now, key, id)
					: keyed_table_keep(&keyed->table, secret, line, now, key, id);
}

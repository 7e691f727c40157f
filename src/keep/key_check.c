/* Posts wait for the form's lock, so it is held for some blocks of the table at a time; a table that was replaced is begun anew. */
#include "keep/key_check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/boot.h"
#include "base/lock.h"
#include "keep/key_table.h"

enum { AT_ONCE = 1024 };

/* Reads some buckets from one on; moves it behind them. The form is locked. */
static enum table_state check_buckets(const struct table *table, uint64_t *next, uint64_t *keys)
{
	union table_block block;
	for (unsigned i = 0; i < AT_ONCE && *next < table->buckets; i++, ++*next) {
		if (block_read(&table->blocks, block.words, 1 + *next, table_bucket_place(table, *next)) < 0)
			return errno == EBADMSG ? TABLE_DAMAGED : TABLE_FAILED;
		for (unsigned slot = 0; slot < TABLE_SLOTS; slot++)
			*keys += block.bucket.slots[slot].value != 0;
	}
	return TABLE_FINE;
}

/* Reads a whole table, with the lock in turns. */
static enum table_state check_table(struct table *table, const char *path, struct lock *lock, const char *folder, uint64_t *keys)
{
	enum table_state state = TABLE_FINE;
	uint64_t next = 0, inode = 0;
	do {
		if (lock_take(lock, folder) < 0)
			return TABLE_FAILED;
		state = table_open(table, path);
		if (state == TABLE_FINE && table->inode != inode) {
			inode = table->inode;
			next = *keys = 0;
		}
		if (state == TABLE_FINE)
			state = check_buckets(table, &next, keys);
		lock_drop(lock);
	} while (state == TABLE_FINE && next < table->buckets);
	return state;
}

enum key_check key_check_run(const char *data, const char *form, const char *node, uint64_t *keys)
{
	unsigned char mark[BOOT_MARK];
	char folder[PATH_MAX - 100], path[PATH_MAX], owner[PATH_MAX];
	struct table table;
	struct lock lock;
	*keys = 0;
	snprintf(folder, sizeof folder, "%s/%s", data, form);
	snprintf(path, sizeof path, "%s/keys%s%s", folder, *node ? "." : "", node);
	snprintf(owner, sizeof owner, "%s/%s", form, node);
	if (boot_mark(mark, TABLE_FORMAT, owner) < 0)
		return KEY_CHECK_NONE;
	table_begin(&table, mark);
	lock_begin(&lock);
	enum table_state state = check_table(&table, path, &lock, folder, keys);
	lock_end(&lock);
	table_end(&table);
	return state == TABLE_FINE       ? KEY_CHECK_SOUND
		: state == TABLE_NONE    ? KEY_CHECK_NONE
		: state == TABLE_DAMAGED ? KEY_CHECK_DAMAGED
					 : KEY_CHECK_FAILED;
}

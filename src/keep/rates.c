/*
 * LOCAL/rates (rates.NODE on a named node, since each host has its own clock and boot), where LOCAL is the data folder unless "local"
 * names another: a table (table.c) from form and network to a
 * moment, in microseconds since boot (the generic cell rate algorithm). Each post moves the moment on by its share of the period; a
 * post that would move it more than a whole period ahead of now is refused. A moment in the past means the same as no entry, so the
 * table needs no cleaning: a full bucket replaces the oldest moment first.
 */
#include "keep/rates.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/boot.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "table/table_make.h"

/* GROWTH: how much more a network of the next level may send, see address_network. */
enum { ROOM = 1 << 14, GROWTH = 4 };

void rates_begin(struct rates *rates, const struct config *config)
{
	unsigned char mark[BOOT_MARK];
	*rates = (struct rates){.config = config};
	lock_begin(&rates->lock);
	if (boot_mark(mark, TABLE_FORMAT, "") < 0)
		memset(mark, 0, sizeof mark);
	table_begin(&rates->table, mark);
}

void rates_end(struct rates *rates)
{
	table_end(&rates->table);
	lock_end(&rates->lock);
}

/*
 * Sets the number in the table of a client's network, and returns false if it has none of that level. A client that is not an address
 * has one network.
 */
static bool number_of(const struct form *form, const char *client, unsigned level, uint64_t *number)
{
	static const unsigned char fixed[crypto_shorthash_KEYBYTES];
	char bytes[sizeof(struct address) + 1 + CONFIG_NAME_MAX];
	unsigned char hash[crypto_shorthash_BYTES];
	struct address address = {{0}};
	size_t n = strlen(form->name);
	bool read = address_read(span_of(client), &address);
	if (read ? !address_network(&address, level) : level > 0)
		return false;
	if (!read)
		crypto_shorthash(address.bytes, (const unsigned char *)client, strlen(client), fixed);
	memcpy(bytes, &address, sizeof address);
	bytes[sizeof address] = (char)level;
	memcpy(bytes + sizeof address + 1, form->name, n);
	crypto_shorthash(hash, (const unsigned char *)bytes, sizeof address + 1 + n, fixed);
	memcpy(number, hash, sizeof *number);
	return true;
}

static uint64_t now_of(void)
{
	return (uint64_t)date_uptime() + 1;
}

static int make_table(struct rates *rates, const char *path)
{
	return table_make(&rates->table, path, ROOM) < 0 ? -1 : table_make_publish(&rates->table, path);
}

static int open_table(struct rates *rates, const char *path)
{
	switch (table_open(&rates->table, path)) {
	case TABLE_FINE: return 0;
	case TABLE_FAILED: return -1;
	default: return make_table(rates, path);
	}
}

/* Finds the moment to which a post moves that of a network. Gives the microseconds to wait before it may, or -1 on failure. */
static int64_t next_moment(struct table *table, uint64_t number, const struct rate *rate, uint64_t *moment)
{
	struct table_walk walk = {0};
	uint64_t until = 0, now = now_of(), whole = rate->seconds * DATE_SECOND, share = whole / rate->count;
	enum table_state state = table_find(table, number, &walk, &until);
	if (state != TABLE_FINE && state != TABLE_NONE)
		return -1;
	if (until > now + whole)
		until = now + whole; /* the rate was changed in config.ini */
	if (state == TABLE_NONE || until < now)
		until = now;
	*moment = until + share;
	return *moment > now + whole ? (int64_t)(*moment - now - whole) : 0;
}

/*
 * Counts a post in the open table, in each network of the client. A host allows its share of the rate, rounded up. A network that holds others may send more: a household of four /64
 * all that each of them may, a company 16 times as much. A post that one of them forbids is counted in none. Gives the microseconds to
 * wait, or -1 on failure.
 */
static int64_t count_networks(struct table *table, uint64_t hosts, const struct form *form, const char *client)
{
	uint64_t numbers[ADDRESS_LEVELS], moments[ADDRESS_LEVELS];
	struct rate rate = form->rate;
	unsigned n = 0;
	rate.count = (rate.count + hosts - 1) / hosts;
	for (; n < ADDRESS_LEVELS && number_of(form, client, n, &numbers[n]); n++, rate.count *= GROWTH) {
		int64_t wait = next_moment(table, numbers[n], &rate, &moments[n]);
		if (wait != 0)
			return wait;
	}
	for (unsigned i = 0; i < n; i++)
		if (table_put_bounded(table, numbers[i], moments[i]) != TABLE_FINE)
			return -1;
	return 0;
}

int64_t rates_count(struct rates *rates, const struct form *form, const char *client)
{
	char path[PATH_MAX];
	int64_t wait = -1;
	const struct config *config = rates->config;
	snprintf(path, sizeof path, "%s/rates%s%s", config->local, *config->node ? "." : "", config->node);
	if (lock_take(&rates->lock, config->local) == 0) {
		if (open_table(rates, path) == 0)
			wait = count_networks(&rates->table, config->hosts, form, client);
		if (wait < 0 && rates->table.blocks.file >= 0 && make_table(rates, path) == 0) /* the table was damaged after its header */
			wait = count_networks(&rates->table, config->hosts, form, client);
		if (wait < 0)
			table_end(&rates->table);
	}
	if (wait < 0)
		diag_system("%s: counting failed; a post passes without a check of its rate, a receipt is not sent", path);
	lock_drop(&rates->lock);
	return wait > 0 ? (wait + DATE_SECOND - 1) / DATE_SECOND : wait;
}

/*
 * Keeps outcomes exactly once. The secret's file is checked each time, so that a data folder may be replaced while a process runs; where hosts
 * share the folder, once a second, since each look costs round trips between them.
 */
#include "keep/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/diag.h"
#include "keep/decided.h"
#include "keep/keyed.h"
#include "keep/log_day.h"
#include "keep/nodes.h"
#include "keep/rates.h"
#include "keep/refusals.h"
#include "keep/secret_report.h"
#include "keep/steady.h"

/* How many forms keep their files open, up to four each: a process may have a thousand open files. */
enum { RECENT = 32 };

/* What a form has open. */
struct open_form {
	struct log log;
	struct keyed keyed;
	time_t decided_looked; /* when it was looked at last whether its lines are decided */
	uint64_t version;      /* of the form that it was begun for; 0: for none yet */
};

struct store {
	const struct config *config;
	struct secret secret;
	int64_t secret_looked;  /* the uptime at which its file was checked, in microseconds */
	bool entered;           /* the node's name is this host's */
	struct open_form *open; /* by the places of forms */
	size_t places;
	size_t recent[RECENT]; /* the places posted to last, the newest first; the files of other forms are closed */
	size_t recent_n;
	struct rates rates;
	struct refusals refusals;
};

void store_umask(const struct config *config)
{
	umask(config->group ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO);
}

struct store *store_new(const struct config *config)
{
	struct store *store = calloc(1, sizeof *store);
	size_t places = config->forms_n + (config->slots ? FORM_SLOTS : 0);
	struct open_form *open = calloc(places + 1, sizeof *open);
	if (!store || !open)
		diag_die("out of memory");
	store->config = config;
	store->open = open;
	store->places = places;
	return store;
}

static void close_form(struct open_form *open)
{
	if (!open->version)
		return;
	keyed_end(&open->keyed);
	log_end(&open->log);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->places; i++)
		close_form(&store->open[i]);
	if (store->rates.config)
		rates_end(&store->rates);
	refusals_end(&store->refusals);
	free(store->open);
	free(store);
}

/* Gives what a form has open, begun anew if another form had its place. */
static struct open_form *open_of(struct store *store, const struct form *form)
{
	const struct config *config = store->config;
	struct open_form *open = &store->open[form->place];
	if (open->version == form->version)
		return open;
	close_form(open);
	log_begin(&open->log, config->data, form->name, config->node, config->durable);
	open->log.local = config->local != config->data ? config->local : NULL;
	keyed_begin(&open->keyed, &open->log, form->remember > form->same ? form->remember : form->same);
	open->version = form->version;
	return open;
}

static struct log *log_of(struct store *store, const struct form *form)
{
	return &open_of(store, form)->log;
}

/* Puts a form first among those whose files stay open, and closes the files of the oldest if they are too many. */
static void make_recent(struct store *store, const struct form *form)
{
	size_t i = 0;
	while (i < store->recent_n && store->recent[i] != form->place)
		i++;
	if (i == RECENT) {
		i--;
		keyed_end(&store->open[store->recent[i]].keyed);
		log_end(&store->open[store->recent[i]].log);
	} else if (i == store->recent_n) {
		store->recent_n++;
	}
	memmove(store->recent + 1, store->recent, i * sizeof *store->recent);
	store->recent[0] = form->place;
}

/* Tells whether the node's name is this host's, or there is none. Logs why not. */
static bool enter_node(struct store *store)
{
	if (!store->entered)
		store->entered = !*store->config->node || nodes_enter(store->config) == 0;
	return store->entered;
}

/* Returns the secret after an attempt to load it; NULL, with the reason logged if told is set, if that failed. */
static const struct secret *take_secret(struct store *store, int failed, ino_t known, bool told)
{
	const char *data = store->config->data;
	if (!failed) {
		if (store->secret.inode != known)
			secret_report_over(data);
		return &store->secret;
	}
	store->secret = (struct secret){0}; /* so that the same file counts as new once it is back */
	if (told)
		secret_report_once(data);
	return NULL;
}

/* Tells whether the secret, which must fit if it might have to be made, was checked a moment ago, and that is enough. */
static bool is_fresh(const struct store *store, bool make, int64_t now)
{
	const struct secret *secret = &store->secret;
	return *store->config->node && secret->inode && (secret->fits || !make) && now - store->secret_looked < DATE_SECOND;
}

const struct secret *store_secret(struct store *store, bool make)
{
	ino_t known = store->secret.inode;
	int64_t now = date_uptime();
	if (make && !enter_node(store))
		return NULL;
	if (is_fresh(store, make, now))
		return &store->secret;
	store->secret_looked = now;
	int failed = secret_load(&store->secret, store->config->data, make);
	return take_secret(store, failed, known, make || (errno != ENOENT && errno != ENOTDIR));
}

bool store_has_secret(struct store *store)
{
	ino_t known = store->secret.inode;
	int failed = secret_try(&store->secret, store->config->data);
	return take_secret(store, failed, known, true) != NULL;
}

enum store_kept store_keep(
	struct store *store, const struct form *form, struct text *line, time_t now, const struct key *key, char id[ID_LENGTH + 1])
{
	make_recent(store, form);
	if (key)
		return keyed_keep(
			&open_of(store, form)->keyed, &store->secret, line, now, key, id); /* the secret was loaded to make the key */
	const struct secret *secret = store_secret(store, true);
	if (!secret)
		return STORE_FAILED;
	return log_append(log_of(store, form), secret, line->bytes, line->length, now, id) < 0 ? STORE_FAILED : STORE_KEPT;
}

bool store_wants_worker(struct store *store, const struct form *form)
{
	return *store->config->node && decided_is_due(log_of(store, form), &open_of(store, form)->decided_looked, time(NULL));
}

int store_erase(struct store *store, const struct form *form, struct span id, struct arena *arena)
{
	const struct secret *secret = store_secret(store, true);
	return secret && log_line_erase(log_of(store, form), secret, id, arena) == LOG_FOUND ? 0 : -1;
}

uint64_t store_count(struct store *store, const struct form *form, const char *client)
{
	if (!store->rates.config)
		rates_begin(&store->rates, store->config);
	int64_t wait = rates_count(&store->rates, form, client);
	return wait > 0 ? (uint64_t)wait : 0; /* a post that can't be counted passes */
}

void store_count_refusal(struct store *store, int status)
{
	refusals_count(&store->refusals, store->config, status);
}

bool store_has_passed(const struct store *store, time_t since, uint64_t seconds, time_t now)
{
	return steady_has_passed(store->config->data, store->config->node, since, seconds, now);
}

bool store_is_archived(struct store *store, const struct form *form, struct span id)
{
	struct place place;
	const struct secret *secret = store_secret(store, false);
	return secret && id_read(id, secret, &place) && place.node == id_node(store->config->node) &&
		log_day_is_archived(log_of(store, form), place.day);
}

enum log_found store_find(struct store *store, const struct form *form, struct span id, struct arena *arena, struct span *line)
{
	const struct secret *secret = store_secret(store, false);
	if (secret)
		return log_line_find(log_of(store, form), secret, id, arena, line);
	return errno == ENOENT || errno == ENOTDIR ? LOG_ABSENT : LOG_FAILED;
}

/* The site: the configuration in force with its store, read again when config.ini changes. */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "config/catalogue.h"
#include "config/config.h"
#include "keep/access_log.h"
#include "keep/store.h"

struct site {
	const char *file;      /* config.ini's path, borrowed */
	struct config *config; /* NULL until the file was valid once */
	struct store *store;   /* of this configuration */
	struct arena arena;    /* holds catalogues and maps, likewise of this configuration */
	struct read_catalogue *catalogues;
	struct map *maps; /* one per thing */
	struct access_log access;
	dev_t device; /* this and the next three: the state of the file that was read last */
	ino_t inode;
	off_t size;
	struct timespec changed;
	bool seen;
	const char *node; /* set it to act for another node, whose name it is; borrowed */
	const char *own;  /* the node of this host then */
	bool whole;       /* set it to have all forms of the folder of forms loaded, and their files watched */
	bool stale;       /* one of these files has changed */
	bool unread;      /* reading it failed, */
	time_t tried;     /* at this second; at another one it is tried again */
	char *root;       /* the document root that was checked, on the heap, or NULL; the next two belong to it */
	bool aliased;
	bool exposed;
};

/* Begins with nothing read; the path is borrowed. */
void site_begin(struct site *, const char *file);

/* Reads the file if it has changed. If it is invalid, logs its faults and keeps the configuration in force. */
void site_refresh(struct site *);

/* Tells whether site_refresh would read the file. */
bool site_changed(struct site *);

/* Gives the catalogue of a language; English if it can't be read, which is logged once. */
const struct catalogue *site_catalogue(struct site *, const char *tag);

/* Tells whether the data folder or the configuration is exposed in the document root, which may be NULL; see exposure.h for aliased. */
bool site_exposed(struct site *, const char *document_root, bool aliased);

/* Frees all of it. */
void site_end(struct site *);

#endif

/* The site: the configuration in force and its store, renewed when config.ini changes. */
#ifndef SITE_H
#define SITE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "config/catalogue.h"
#include "config/config.h"
#include "keep/store.h"

struct site {
	const char *file; /* config.ini's path, borrowed */
	struct config *config; /* NULL while the file has never been right */
	struct store *store;   /* goes with config */
	struct arena arena;    /* of the catalogues that were needed, which go with it too */
	struct read_catalogue *catalogues;
	struct map *maps;      /* one a thing, likewise */
	dev_t device;          /* which state of the file was read last */
	ino_t inode;
	off_t size;
	struct timespec changed;
	bool seen;
	bool unread;           /* it could not be read, */
	time_t tried;          /* which may pass: at another second it is tried again */
	bool root_checked; /* of the document root below, whether it holds the data folder */
	bool exposed;
	char root[PATH_MAX];
};

/* Starts a site with nothing read; the path is borrowed. */
void site_begin(struct site *, const char *file);

/* Reads the file if it is not as it was; a broken one is said in the error log and leaves what is in force. */
void site_refresh(struct site *);

/* Tells whether that would read it. */
bool site_changed(const struct site *);

/* Gives the catalogue of a language; English where it can't be read, the reason said once. */
const struct catalogue *site_catalogue(struct site *, const char *tag);

/* Tells whether the data folder is inside the document root, which may be NULL. */
bool site_exposed(struct site *, const char *document_root);

/* Lets go of all of it. */
void site_end(struct site *);

#endif

/* A folder that is held open, so that names in it are found without the folders above, each of which costs a round trip on a network. */
#ifndef HELD_FOLDER_H
#define HELD_FOLDER_H

#include <stdint.h>

/* A folder that is held, or none. */
struct held_folder {
	int at;        /* descriptor for openat and the like, not for reading; -1: none is held */
	int64_t since; /* the uptime at which it was opened, in microseconds */
};

/* Begins with none. */
void held_folder_begin(struct held_folder *);

/*
 * Opens the folder at a path. One that was opened there before is kept, but for a second at the most, since another folder may have got its
 * name. If it can't be opened, none is held.
 */
void held_folder_keep(struct held_folder *, const char *path);

/* Lets go of the folder, if one is held. */
void held_folder_end(struct held_folder *);

#endif

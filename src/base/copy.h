/* Copies of files: where the file system can share the blocks of both it does, and a change of one never changes the other. */
#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What a copy gets, whatever umask says. */
struct copy_rights {
	mode_t mode;
	bool give; /* to this user and group; only root can do that */
	uid_t owner;
	gid_t group;
};

/*
 * Copies a file under a new name, with its time of change; if lines is set, only its whole lines. Adds how many bytes it has. Returns -1
 * and sets errno on failure: ENOENT if there is no such file, EEXIST if the new name is taken. It is not durable before copy_flush.
 */
int copy_file(const char *from, const char *to, const struct copy_rights *, bool lines, uint64_t *bytes);

/* Makes a folder with these rights; returns -1 and sets errno on failure, but 0 if it is there already. */
int copy_folder(const char *path, const struct copy_rights *);

/* Makes everything durable that was written to the file system of a folder; returns -1 and sets errno on failure. */
int copy_flush(const char *folder);

#endif

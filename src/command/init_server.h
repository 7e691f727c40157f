/* The web servers that seeother has settings for, and which of them are installed here. */
#ifndef INIT_SERVER_H
#define INIT_SERVER_H

#include <stdbool.h>

enum { INIT_SERVER_PROGRAMS = 2 };

struct init_server {
	const char *name;
	const char *programs[INIT_SERVER_PROGRAMS]; /* what its program may be called */
	bool is_busybox;                            /* the program is BusyBox by another name */
	const char *fastcgi, *cgi;                  /* its files of /usr/share/seeother/servers, or NULL */
	const char *cgi_path;                       /* the path of seeother's URI in the latter */
};

/* The folders that hold programs; NULL ends them. */
extern const char *const init_server_folders[];

/* Returns the installed server that follows this one, or for NULL the first, in the order of preference; NULL at the end. */
const struct init_server *init_server_next(const struct init_server *, const char *const *folders);

#endif

/* A request: its variables (RFC 3875 §4.1) and its body, by CGI or FastCGI. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "http/pace.h"

/* What a transport's read returns if it has no bytes and the body has not ended. */
enum { TRANSPORT_BROKEN = -1, TRANSPORT_LATE = -2 };

/* How a request comes in and its answer goes out: CGI or FastCGI. */
struct transport {
	void *context;
	/* Returns a variable of the request, or NULL. */
	const char *(*variable)(void *context, const char *name);
	/* Reads up to n bytes of the body: how many, 0 at its end, TRANSPORT_BROKEN, or TRANSPORT_LATE if it is slower than the pace. */
	ssize_t (*read)(void *context, char *buffer, size_t n, struct pace *);
	/* Returns true if the end of a body can be told without CONTENT_LENGTH. NULL: never. */
	bool (*ends)(void *context);
	/* Returns true if more came than CONTENT_LENGTH announced; asked when all of that was read. */
	bool (*surplus)(void *context);
	/* Writes all n bytes of an answer; returns -1 if the peer is gone. */
	int (*write)(void *context, const char *bytes, size_t n);
	/* Returns how many bytes of the answer were written so far; NULL: not known. */
	uint64_t (*written)(void *context);
	bool late;           /* the body was waited for and comes too slowly */
	bool location_first; /* Location goes before Status in the answer; see response.c */
};

/* Bits, so that one number tells what a resource allows. */
enum method {
	METHOD_UNKNOWN = 0,
	METHOD_GET = 1 << 0,
	METHOD_HEAD = 1 << 1,
	METHOD_POST = 1 << 2,
	METHOD_OPTIONS = 1 << 3,
	METHOD_PUT = 1 << 4,
	METHOD_PATCH = 1 << 5,
	METHOD_DELETE = 1 << 6,
	METHOD_TRACE = 1 << 7,
	METHOD_CONNECT = 1 << 8,
};

struct request {
	struct arena *arena;
	const struct transport *transport;
	enum method method;
	const char *path;                              /* below the program's own URI, decoded; never NULL */
	const char *raw_path;                          /* the same as the client sent it, percent-encoded; never NULL */
	const char *accept;                            /* or NULL */
	const char *id;                                /* or NULL; see request_id.h */
	const char *root;                              /* absolute URI of the program without a slash at its end; see request_root */
	const char *forwarded_scheme, *forwarded_host; /* as trusted proxies say, or NULL; see forwarded.h */
	uint64_t length;                               /* of the body; see request_length */
	bool open;        /* the body came without a length: length is the most that is taken of it, and one byte more */
	uint64_t taken;   /* bytes of the body that were read */
	ssize_t stopped;  /* what read returned when no more came, or 0 */
	struct pace pace; /* of the body */
};

enum request_length { LENGTH_GIVEN, LENGTH_MISSING, LENGTH_BAD, LENGTH_TOO_LARGE };

enum request_root { ROOT_KNOWN, ROOT_BAD_HOST, ROOT_UNKNOWN };

/* How the reading of a body ended. */
enum request_end { END_WHOLE, END_TOO_LARGE, END_CUT_OR_LONG, END_LATE };

/* Fills the request from its variables; everything in it lives in the arena or in the transport. */
void request_begin(struct request *, struct arena *, const struct transport *);

/* Returns a variable, or NULL if it is absent or empty, which mean the same (RFC 3875 §4.1). */
const char *request_variable(const struct request *, const char *name);

/* Sets root from base or, if that is NULL, from the scheme, Host (or the server's name and port) and SCRIPT_NAME. */
enum request_root request_root(struct request *, const char *base);

/*
 * Sets length from CONTENT_LENGTH. Without one (Caddy then sends -1) a body is taken if the transport can tell its end. LENGTH_TOO_LARGE
 * if it is longer than most.
 */
enum request_length request_length(struct request *, uint64_t most);

/* Reads up to n bytes of the body, never past its length; returns how many, or 0 if no more comes. */
size_t request_read(struct request *, char *buffer, size_t n);

/* Tells after the last read whether all of the body came, and no more; a body that came too slowly is logged. */
enum request_end request_end(const struct request *);

/* Returns the names of a set of methods, as in Allow, in the arena. */
const char *request_methods(struct arena *, unsigned set);

#endif

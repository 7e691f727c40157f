/* A request: its variables (RFC 3875 §4.1) and its body, whichever way it came. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/* How a request comes in and its answer goes out: CGI or FastCGI. */
struct transport {
	void *context;
	/* Gives a variable of the request, or NULL. */
	const char *(*variable)(void *context, const char *name);
	/* Reads at most n bytes of the body: how many, 0 at its end, -1 where it broke. */
	ssize_t (*read)(void *context, char *buffer, size_t n);
	/* Tells whether more came than CONTENT_LENGTH said; asked when all of that was read. */
	bool (*surplus)(void *context);
	/* Writes all n bytes of an answer; returns -1 if the peer is gone. */
	int (*write)(void *context, const char *bytes, size_t n);
	bool location_first; /* Location goes before Status in the answer; see response.c */
};

/* Bits, so that a resource can say in one number what it allows. */
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
	const char *path;     /* below the program's own URI, decoded; never NULL */
	const char *raw_path; /* the same as the client sent it, percent-encoded; never NULL */
	const char *accept; /* or NULL */
	const char *root;   /* absolute URI of the program without a slash at its end; see request_root */
	uint64_t length;    /* CONTENT_LENGTH; see request_length */
	uint64_t taken;     /* bytes of the body that were read */
};

enum request_length { LENGTH_GIVEN, LENGTH_MISSING, LENGTH_BAD };

enum request_root { ROOT_KNOWN, ROOT_BAD_HOST, ROOT_UNKNOWN };

/* Fills the request from its variables; all that it holds lives in the arena or in the transport. */
void request_begin(struct request *, struct arena *, const struct transport *);

/* Gives a variable, or NULL where it is absent or empty, which RFC 3875 §4.1 makes the same. */
const char *request_variable(const struct request *, const char *name);

/* Sets root: from base where it is not NULL, else from scheme, Host (or the server's name and port) and SCRIPT_NAME. */
enum request_root request_root(struct request *, const char *base);

/* Sets length from CONTENT_LENGTH. */
enum request_length request_length(struct request *);

/* Reads at most n bytes of the body and never past the length that request_length set: how many, or 0 where no more comes. */
size_t request_read(struct request *, char *buffer, size_t n);

/* Tells whether the body that came was just as long as CONTENT_LENGTH says; asked after the last read. */
bool request_whole(const struct request *);

/* Gives the names of the methods in the set, as Allow wants them, in the arena. */
const char *request_methods(struct arena *, unsigned set);

#endif

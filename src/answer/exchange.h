/* An exchange: a request, its response, and what is known while it is answered. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "base/arena.h"
#include "base/span.h"
#include "config/config.h"
#include "config/message.h"
#include "http/request.h"
#include "http/response.h"
#include "keep/map.h"
#include "keep/store.h"

struct exchange {
	struct arena *arena;
	struct request *request;
	struct response *response;
	const struct config *config;       /* NULL while there is no valid one */
	struct store *store;               /* likewise */
	const struct catalogue *catalogue; /* the visitor's language */
	const char *client;                /* its address, as far as proxies are trusted; NULL if the web server sends none */
	const struct form *form;           /* that the path names, or NULL */
	const struct thing *thing;         /* likewise, or NULL */
	const struct forward *forward;     /* likewise */
	const char *route;                 /* the kind of URI, for the access log; NULL: none */
	struct captures captures;          /* what the holes of its path stand for */
	struct map *maps;                  /* one for each thing of the configuration */
	const char *rules;                 /* of style, for this page besides those of every page; or NULL */
	const char *problem;               /* type of the problem, as problems.c explains it, or NULL if the status says it all */
	const char *back;                  /* URI that a page leads back to which says what went wrong, or NULL */
	bool slash;                        /* the path had a slash at its end that was cut off */
	bool has_work;                     /* an outcome was kept that a worker has to work on */
	struct span id;                    /* the outcome that the path names, or empty */
	struct span number, name;          /* the upload that the path names, or empty */
};

/* Gives a text in the visitor's language. */
const char *exchange_say(const struct exchange *, enum message);

/* Tells whether an absolute URI may have its host from the request: anybody can send another Host header. */
bool exchange_host_in(const struct exchange *, const char *uri);

/*
 * Adds Cache-Control: caches may keep the answer for so many seconds, or with 0 must ask each time (RFC 9111 §5.2.2). An answer that
 * holds the request's own host must be private, so that no public cache hands it to others.
 */
void exchange_cache_for(struct exchange *, uint64_t seconds, bool private);

/* Gives the absolute URI of the outcome that the path names, in the arena. */
const char *exchange_outcome_uri(const struct exchange *);

/* Gives the user that the web server has authenticated, or NULL (RFC 3875 §4.1.1, §4.1.11). */
const char *exchange_user(const struct exchange *);

/* Tells whether the web server has authenticated an owner of that form, or of all (RFC 3875 §4.1.11). */
bool exchange_owns(const struct exchange *, const struct form *);

/* The same for the form that the path names. */
bool exchange_by_owner(const struct exchange *);

#endif

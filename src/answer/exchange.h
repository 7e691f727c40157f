/* An exchange: one request, the response to it, and what is known of both while it is answered. */
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
	const struct config *config; /* NULL while there is none that can be used */
	struct store *store;         /* likewise */
	const struct catalogue *catalogue; /* the visitor's language */
	const char *client;      /* its address, as far as proxies can be trusted; NULL where the web server names none */
	const struct form *form; /* the one that the path names */
	const struct thing *thing; /* likewise, or NULL */
	const struct forward *forward; /* likewise */
	struct captures captures; /* what stands for the holes in the path of either */
	struct map *maps;         /* one a thing of the configuration */
	const char *problem;      /* type of the problem document, or NULL: the status says all */
	bool has_work;            /* an outcome was kept, and there is something for a worker to do */
	struct span id;          /* the outcome that the path names, or empty */
	struct span number, name; /* the upload that the path names, or empty */
};

/* Gives a text in the visitor's language. */
const char *exchange_say(const struct exchange *, enum message);

/* Says for how many seconds caches may keep the answer; 0: they ask each time (RFC 9111 §5.2.2). */
void exchange_keep_for(struct exchange *, uint64_t seconds);

/* Tells whether the web server has authenticated one of the form's owners (RFC 3875 §4.1.11). */
bool exchange_by_owner(const struct exchange *);

#endif

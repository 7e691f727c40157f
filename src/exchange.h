/* An exchange: one request, the response to it, and what is known of both while it is answered. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "config.h"
#include "request.h"
#include "response.h"
#include "store.h"

struct exchange {
	struct arena *arena;
	struct request *request;
	struct response *response;
	const struct config *config;
	struct store *store;
	const struct form *form; /* the one that the path names */
	struct span id;          /* the outcome that the path names, or empty */
	struct span number, name; /* the upload that the path names, or empty */
};

/* Tells whether the web server has authenticated one of the form's owners (RFC 3875 §4.1.11). */
bool exchange_by_owner(const struct exchange *);

#endif

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
};

#endif

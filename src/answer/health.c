/*
 * Nothing is written, and nothing is made: a monitor asks every few seconds. A data folder that is not there yet counts as sound if it can
 * be made, since the first post makes it.
 */
#include "answer/health.h"

#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/folder.h"
#include "keep/nodes.h"
#include "keep/space.h"

bool health_has_path(const char *path)
{
	return strcmp(path, "/-/health") == 0;
}

/* Tells, once a minute, that something deserves a line in the log: a process that stays is asked again and again. */
static bool is_due(void)
{
	static int64_t next; /* as date_uptime counts */
	int64_t now = date_uptime();
	if (now < next)
		return false;
	next = now + 60 * (int64_t)DATE_SECOND;
	return true;
}

/* Returns why posts can't be kept, or NULL. */
static const char *find_reason(const struct exchange *exchange)
{
	const struct config *config = exchange->config;
	if (!config)
		return "the configuration can't be used";
	if (folder_try(config->data) < 0) {
		if (is_due())
			diag_system("%s: the data folder can't be used", config->data);
		return "the data folder can't be used";
	}
	enum space_state space = space_look(config);
	if (space != SPACE_ENOUGH) {
		if (is_due())
			diag_error("%s: %s", config->data,
				space == SPACE_LOW ? "less space is free than \"reserve\" keeps"
						   : "no inodes are left, so no file can be made");
		return space == SPACE_LOW ? "the disk is full" : "the disk has no inodes left";
	}
	if (*config->node && nodes_try(config) < 0)
		return "the name of this node is another host's";
	return store_has_secret(exchange->store) ? NULL : "the secret can't be used";
}

void health_answer(struct exchange *exchange)
{
	struct response *response = exchange->response;
	const char *fault = find_reason(exchange);
	response->status = fault ? 503 : 200;
	response->type = "text/plain; charset=utf-8";
	response_header(response, "Cache-Control", "no-store");
	text_put(&response->body, fault ? fault : "ok");
	text_put(&response->body, "\n");
}

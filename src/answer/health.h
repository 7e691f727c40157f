/* The health check, S/-/health: tells monitors and load balancers whether posts can be kept. Everybody may ask. */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdbool.h>

#include "answer/exchange.h"

/* Tells whether a path is that of the health check. */
bool health_has_path(const char *path);

/*
 * Answers GET and HEAD with 200, or with 503 and a line that says why posts can't be kept. The exchange's config is NULL if there is none
 * that can be used. The answer holds neither paths nor data; details go to the log.
 */
void health_answer(struct exchange *);

#endif

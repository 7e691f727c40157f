/* The path of a request below the program's own URI, in the bytes that the client sent. */
#ifndef REQUEST_PATH_H
#define REQUEST_PATH_H

#include "http/request.h"

/*
 * Sets path and raw_path. With base (the program's absolute URI, or NULL) its path is cut from REQUEST_URI; otherwise SCRIPT_NAME is, if
 * that agrees with PATH_INFO. If neither fits, PATH_INFO counts.
 */
void request_path_find(struct request *, const char *base);

/*
 * Returns the whole path of the URI, decoded, if the web server may have failed to split it into SCRIPT_NAME and PATH_INFO: one of them
 * is empty. Returns NULL if both are there.
 */
const char *request_path_unsplit(const struct request *);

#endif

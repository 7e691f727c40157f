/* Which files a field's accept= takes: by their bytes first, then by what they were called. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdbool.h>

#include "base/span.h"

/*
 * Returns true if the list ("image/png, image/" "*, .pdf", as in HTML) takes the file: because its bytes are a listed type, or because the
 * announced type, or the one that its name's extension stands for, is listed and the bytes can be that type. found is what sniff returned,
 * "text/plain" for text, or NULL.
 */
bool accept_takes(const char *list, const char *announced, struct span filename, const char *found);

#endif

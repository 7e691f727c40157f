/* What a file is by its first bytes: common images, documents, archives, sound and film. */
#ifndef SNIFF_H
#define SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum { SNIFF_BYTES = 1032 }; /* a PDF may begin within the first 1,024 */

/* Returns the media type that the first bytes of a file show, or NULL. Text has no signature. */
const char *sniff(const unsigned char *bytes, size_t n);

/* Returns true if the first bytes of a file look like text in any charset (WHATWG MIME Sniffing §7.2). An empty file is text. */
bool sniff_is_text(const unsigned char *bytes, size_t n);

/* Returns true if files of that type begin with bytes that sniff knows. */
bool sniff_knows(struct span type);

#endif

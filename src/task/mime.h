/* MIME: what is not plain ASCII, as mail takes it. Lines end in LF. */
#ifndef MIME_H
#define MIME_H

#include "base/span.h"
#include "base/text.h"

/* Appends a header's text: as it is, or in encoded words, each of whole characters (RFC 2047 §5). */
void mime_words(struct text *out, const char *value);

/*
 * Appends text as quoted-printable (RFC 2045 §6.7); what ends a line in it, CR, LF or both, becomes LF. "From " at its start is hidden
 * from mailboxes.
 */
void mime_quoted(struct text *out, const char *text);

/* Appends a file's name as a parameter: as it is, or as RFC 2231 has it, in pieces of whole characters (§3 and §4). */
void mime_name(struct text *out, const char *name);

/* Appends bytes as lines of base64 (RFC 2045 §6.8). */
void mime_base64(struct text *out, struct span content);

#endif

/* MIME: text, names and bytes encoded for mail. Lines end in LF. */
#ifndef MIME_H
#define MIME_H

#include "base/span.h"
#include "base/text.h"

/* Appends a header's text, as it is or in encoded words of whole characters (RFC 2047 §5). */
void mime_words(struct text *out, const char *value);

/* Appends the name beside an address, as it is, within quotes or in encoded words (RFC 5322 §3.2.5, RFC 2047 §5). */
void mime_phrase(struct text *out, const char *name);

/* Appends text as quoted-printable (RFC 2045 §6.7). CR, LF and CR LF become LF; a leading dot and "From " are encoded. */
void mime_quoted(struct text *out, const char *text);

/* Appends the filename parameter, as it is or in pieces of whole characters (RFC 2231 §3 and §4). */
void mime_filename(struct text *out, const char *name);

/* Appends the name parameter, as it is or, against RFC 2047 §5, in encoded words within quotes: Outlook reads nothing else. */
void mime_name(struct text *out, const char *name);

/* Appends bytes as lines of base64 (RFC 2045 §6.8). */
void mime_base64(struct text *out, struct span content);

#endif

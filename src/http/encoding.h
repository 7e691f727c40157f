/* Character encodings of the web and the labels that name them (WHATWG Encoding Standard §4.2). */
#ifndef ENCODING_H
#define ENCODING_H

#include "base/span.h"

/*
 * Returns the name of the encoding that a label stands for, ignoring case and surrounding white space: "windows-1252" for "Latin1".
 * NULL if the standard has no such label, or if browsers refuse to decode what it names.
 */
const char *encoding_find(struct span label);

#endif

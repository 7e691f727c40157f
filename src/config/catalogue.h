/* Catalogues: the messages in other languages, each an INI file LANGUAGE.ini with [language] and [messages]. */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"
#include "config/message.h"

/*
 * Gives the path of a language's catalogue, in the arena, beside the configuration or as installed: that of the tag, or of what is
 * left of it ("de" for "de-AT"); NULL where that is English, which needs none.
 */
const char *catalogue_path(const struct config *, const char *tag, struct arena *);

/* Gives the folders in which catalogues are looked for, in the arena, and how many there are. */
enum { CATALOGUE_FOLDERS = 2 };
size_t catalogue_folders(const struct config *, const char *folders[CATALOGUE_FOLDERS], struct arena *);

/*
 * Reads a catalogue, in the arena; each fault is a line appended to faults. What has none of its own stays English; NULL where
 * the file can't be read at all.
 */
struct catalogue *catalogue_load(const char *path, const char *tag, struct arena *, struct text *faults);

/* Appends a line for each message that a catalogue has no text for. */
void catalogue_missing(const struct catalogue *, const char *path, struct text *faults);

#endif

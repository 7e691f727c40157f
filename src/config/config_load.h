/* Loading config.ini, strictly: a section or key that is not known is a fault. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "base/text.h"
#include "config/config.h"

/*
 * Returns the configuration, or NULL after appending a line to faults for each fault; errno is 0 if the content is at fault, or says why
 * the file can't be read. Free the result with config_free.
 */
struct config *config_load(const char *file, struct text *faults);

#endif

/* What a try of the data folder finds: lines that name the configuration and the key "data". */
#ifndef DATA_REPORT_H
#define DATA_REPORT_H

#include "base/text.h"
#include "config/config.h"

/* Where the lines go; all three are borrowed. */
struct data_report {
	const struct config *config;
	struct text *faults, *warnings;
};

/* Adds a line about what would keep posts from being kept. */
void data_report_fault(const struct data_report *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a line about what may. */
void data_report_warning(const struct data_report *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

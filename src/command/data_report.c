/* A line is cut where it is longer than any that a path fits into. */
#include "command/data_report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

static void report_line(const struct data_report *report, struct text *out, const char *kind, const char *format, va_list arguments)
{
	char what[PATH_MAX + 1024];
	vsnprintf(what, sizeof what, format, arguments);
	text_format(out, "%s: [seeother] data: %s%s\n", report->config->file, kind, what);
}

void data_report_fault(const struct data_report *report, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report_line(report, report->faults, "", format, arguments);
	va_end(arguments);
}

void data_report_warning(const struct data_report *report, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	report_line(report, report->warnings, "warning: ", format, arguments);
	va_end(arguments);
}

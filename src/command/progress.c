/* A line of progress is overwritten by the next one. */
#include "command/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"

#define CLEAR_LINE "\r\x1b[K"

enum { LINE_MAX_BYTES = 79, PAUSE = 200000 /* microseconds */ };

void progress_begin(struct progress *progress, const char *name, bool prints_results)
{
	bool beside = prints_results && isatty(STDOUT_FILENO) == 1;
	*progress = (struct progress){.name = name, .terminal = isatty(STDERR_FILENO) == 1 && !beside};
}

void progress_print(struct progress *progress, const char *format, ...)
{
	char line[LINE_MAX_BYTES + 1];
	struct arena arena = {0};
	struct text text = {.arena = &arena};
	va_list arguments;
	if (!progress->terminal || date_uptime() - progress->last < PAUSE)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	escape_terminal(&text, span_of(line));
	fprintf(stderr, CLEAR_LINE "%s: %s", progress->name, text_string(&text));
	arena_free(&arena);
	progress->printed = true;
	progress->last = date_uptime();
}

void progress_clear(struct progress *progress)
{
	if (progress->printed)
		fputs(CLEAR_LINE, stderr);
	progress->printed = false;
}

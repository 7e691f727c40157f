/*
 * A message is one line "seeother: …" of at most LINE bytes, so that a hostile value can neither flood the error log nor forge a
 * second line in it. While a FastCGI request is served, lines go to its error stream and so to the web server's log; at other times
 * to standard error.
 */
#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1024 };

static diag_sink *sink;
static void *sink_context;
static const char *(*mark_of)(void *context);
static void *mark_context;
static struct {
	bool on;
	size_t n;
	char lines[8 * LINE];
} kept;

void diag_to(diag_sink *to, void *context)
{
	sink = to;
	sink_context = context;
	if (!sink)
		return;
	if (kept.n)
		sink(context, kept.lines, kept.n);
	kept.on = false;
	kept.n = 0;
}

void diag_mark(const char *(*mark)(void *context), void *context)
{
	mark_of = mark;
	mark_context = context;
}

void diag_keep(void)
{
	kept.on = true;
	kept.n = 0;
}

static void store_line(const char *line, size_t n)
{
	if (!kept.on || n > sizeof kept.lines - kept.n)
		return;
	memcpy(kept.lines + kept.n, line, n);
	kept.n += n;
}

static void make_visible(char *text)
{
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text, next = (unsigned char)text[1];
		if (c < ' ' || c == 0x7f)
			*text = '?';
		else if (c == 0xC2 && next >= 0x80 && next < 0xA0) /* U+0080 to U+009F, some of which terminals obey */
			text[0] = text[1] = '?';
	}
}

/* Appends text to a line, of which it cuts off as much as the text needs. */
static void end_line(char line[LINE], const char *text)
{
	size_t n = strlen(line), more = strlen(text), most = LINE - 2 - more;
	strcpy(line + (n < most ? n : most), text);
}

/* Writes a message to the sink, or to standard error if there is no sink, or if it is to go everywhere. */
static void write_message(const char *format, va_list arguments, const char *reason, bool everywhere)
{
	char line[LINE] = "seeother: ";
	size_t n = strlen(line);
	vsnprintf(line + n, sizeof line - n - 1, format, arguments);
	n = strlen(line);
	if (reason)
		snprintf(line + n, sizeof line - n - 1, ": %s", reason);
	if (mark_of) {
		char mark[LINE / 2];
		snprintf(mark, sizeof mark, " (request %s)", mark_of(mark_context));
		end_line(line, mark);
	}
	make_visible(line);
	n = strlen(line);
	line[n++] = '\n';
	if (sink)
		sink(sink_context, line, n);
	else
		store_line(line, n);
	if (sink && !everywhere)
		return;
	if (write(STDERR_FILENO, line, n) < 0)
		return; /* nobody is left to be told */
}

void diag_error(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_message(format, arguments, NULL, false);
	va_end(arguments);
}

void diag_error_everywhere(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_message(format, arguments, NULL, true);
	va_end(arguments);
}

void diag_system(const char *format, ...)
{
	int saved = errno;
	va_list arguments;
	va_start(arguments, format);
	write_message(format, arguments, strerror(saved), false);
	va_end(arguments);
	errno = saved;
}

void diag_note(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_message(format, arguments, NULL, false);
	va_end(arguments);
}

void diag_die(const char *why)
{
	diag_to(NULL, NULL); /* a sink may buffer the line, and the process ends here */
	diag_error("%s", why);
	exit(1);
}

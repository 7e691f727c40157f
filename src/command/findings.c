/* Printing what a check has found. File names may hold anything, so they are escaped. */
#include "command/findings.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"

enum { OF_FILE_MAX = 20 };

void findings_begin(struct findings *findings, FILE *out, bool json)
{
	*findings = (struct findings){.out = out, .json = json};
	progress_begin(&findings->progress, "verify", false);
}

static void print_json(FILE *out, enum finding finding, const char *file, uint64_t offset, const char *what, const char *advice)
{
	struct arena arena = {0};
	struct text line = {.arena = &arena}, name = {.arena = &arena};
	utf8_repair(&name, file, strlen(file));
	text_format(&line, "{\"damage\":%s,\"file\":", finding == FINDING_DAMAGE ? "true" : "false");
	escape_json(&line, span_of(text_string(&name)));
	if (offset != FINDING_WHOLE)
		text_format(&line, ",\"offset\":%" PRIu64, offset);
	text_put(&line, ",\"what\":");
	escape_json(&line, span_of(what));
	text_put(&line, ",\"advice\":");
	escape_json(&line, span_of(advice));
	fprintf(out, "%s}\n", line.bytes);
	arena_free(&arena);
}

/* Appends text from outside on one line. */
static void add_on_line(struct text *out, const char *string)
{
	struct text whole = {.arena = out->arena}, shown = {.arena = out->arena};
	utf8_repair(&whole, string, strlen(string));
	escape_terminal(&shown, span_of(text_string(&whole)));
	for (const char *c = text_string(&shown); *c; c++)
		text_byte(out, *c == '\n' || *c == '\t' ? ' ' : *c);
}

static void print_text(FILE *out, enum finding finding, const char *file, uint64_t offset, const char *what, const char *advice)
{
	struct arena arena = {0};
	struct text line = {.arena = &arena};
	text_put(&line, finding == FINDING_DAMAGE ? "damage: " : "note: ");
	add_on_line(&line, file);
	if (offset != FINDING_WHOLE)
		text_format(&line, ", offset %" PRIu64, offset);
	text_put(&line, ": ");
	add_on_line(&line, what);
	fprintf(out, "%s. %s\n", line.bytes, advice);
	arena_free(&arena);
}

void findings_end(struct findings *findings)
{
	progress_clear(&findings->progress);
	if (findings->of_file > OF_FILE_MAX && !findings->json)
		fprintf(findings->out, "… and %" PRIu64 " more in %s\n", findings->of_file - OF_FILE_MAX, findings->file);
	findings->of_file = 0;
	*findings->file = '\0';
}

void findings_add(struct findings *findings, enum finding finding, const char *file, uint64_t offset, const char *what, const char *advice)
{
	if (finding == FINDING_DAMAGE)
		findings->damages++;
	else
		findings->notes++;
	if (strcmp(file, findings->file) != 0) {
		findings_end(findings);
		snprintf(findings->file, sizeof findings->file, "%s", file);
	}
	if (++findings->of_file > OF_FILE_MAX && !findings->json)
		return;
	progress_clear(&findings->progress);
	(findings->json ? print_json : print_text)(findings->out, finding, file, offset, what, advice);
}

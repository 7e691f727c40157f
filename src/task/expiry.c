/*
 * DATA/FORM/expiry (expiry.NODE on a named node) is a JSON object from each day that was found too old, such as "2026-08-01", to the
 * steady time of that look. It is derived: if it is lost, days are erased a day later.
 */
#include "task/expiry.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"

enum { CONTENT_MAX = 4 * 1024 * 1024 };

int expiry_begin(struct expiry *expiry, const struct log *log, const struct steady *steady)
{
	struct arena arena = {0};
	struct span content;
	json_error_t error;
	*expiry = (struct expiry){.steady = steady};
	snprintf(expiry->path, sizeof expiry->path, "%s/%s/expiry%s%s", log->data, log->form, *log->node ? "." : "", log->node);
	int failed = file_read(expiry->path, CONTENT_MAX, &arena, &content);
	if (failed && errno != ENOENT && errno != ENOTDIR) {
		diag_system("%s: read failed", expiry->path);
		arena_free(&arena);
		return -1;
	}
	expiry->before = failed ? json_object() : json_loadb(content.bytes, content.length, 0, &error);
	expiry->after = json_made(json_object());
	arena_free(&arena);
	return 0;
}

bool expiry_confirmed(struct expiry *expiry, uint16_t day)
{
	char name[DATE_DAY];
	const struct steady *steady = expiry->steady;
	date_day_write(name, day);
	const json_t *note = json_object_get(expiry->before, name);
	json_int_t noted = json_integer_value(note);
	bool valid = json_is_integer(note) && noted >= steady->since && noted <= steady->seconds;
	if (json_object_set_new(expiry->after, name, json_made(json_integer(valid ? noted : steady->seconds))) < 0)
		diag_die("out of memory");
	return valid && !steady->leap && steady->seconds - noted >= STEADY_WAIT;
}

void expiry_drop(struct expiry *expiry, uint16_t day)
{
	char name[DATE_DAY];
	date_day_write(name, day);
	json_object_del(expiry->after, name);
}

int expiry_end(struct expiry *expiry, bool all, bool durable)
{
	struct arena arena = {0};
	struct text text = {.arena = &arena};
	int failed = 0;
	bool changed = all && !json_equal(expiry->before, expiry->after);
	if (changed && json_object_size(expiry->after) == 0) {
		failed = unlink(expiry->path) < 0 && errno != ENOENT;
	} else if (changed) {
		json_write(&text, expiry->after, JSON_COMPACT);
		text_put(&text, "\n");
		failed = file_put(expiry->path, text.bytes, text.length, durable, false) < 0;
	}
	if (failed)
		diag_system("%s: write failed", expiry->path);
	json_decref(expiry->before);
	json_decref(expiry->after);
	arena_free(&arena);
	return failed ? -1 : 0;
}

/* The record as it was kept, and what an owner set down about it. */
#include "keep/outcome_json.h"

#include "base/json.h"

static void set_member(json_t *object, const char *key, json_t *value)
{
	json_object_set_new_nocheck(object, key, json_made(value));
}

void outcome_json_write(struct text *out, const struct selected *selected)
{
	json_t *record = json_made(json_copy((json_t *)(uintptr_t)selected->record));
	if (selected->suspect)
		set_member(record, "spam", json_string(selected->suspect));
	else
		json_object_del(record, "spam");
	set_member(record, "read", json_boolean(selected->mark.read));
	set_member(record, "star", json_boolean(selected->mark.star));
	if (selected->mark.note)
		set_member(record, "note", json_string(selected->mark.note));
	json_write(out, record, JSON_COMPACT);
	text_byte(out, '\n');
	json_decref(record);
}

/* Repairs records that this program did not write. Members it does not know stay as they are. */
#include "keep/record_types.h"

#include <string.h>

#include "base/json.h"

/* Leaves only strings in an array; true if there were no others. */
static bool keep_strings(json_t *array)
{
	bool whole = true;
	for (size_t i = json_array_size(array); i-- > 0;)
		if (!json_is_string(json_array_get(array, i))) {
			json_array_remove(array, i);
			whole = false;
		}
	return whole;
}

/* Leaves only strings and arrays of strings in an object of fields; true if there was nothing else. */
static bool keep_values(json_t *fields)
{
	const char *name;
	json_t *value;
	void *next;
	bool whole = true;
	json_object_foreach_safe(fields, next, name, value)
	{
		whole &= json_is_array(value) ? keep_strings(value) : json_is_string(value);
		if (!json_is_string(value) && json_array_size(value) == 0)
			json_object_del(fields, name);
	}
	return whole;
}

/* Makes sure that a member is a string; true if it was one. */
static bool repair_string(json_t *object, const char *name)
{
	if (json_is_string(json_object_get(object, name)))
		return true;
	json_object_set_new(object, name, json_made(json_string("")));
	return false;
}

static bool repair_file(json_t *files, size_t i)
{
	static const char *const strings[] = {"field", "filename", "type", "sha256", "path"};
	json_t *file = json_array_get(files, i), *size;
	bool whole = json_is_object(file);
	if (!whole) {
		json_array_set_new(files, i, json_made(json_object()));
		file = json_array_get(files, i);
	}
	for (size_t k = 0; k < sizeof strings / sizeof *strings; k++)
		whole &= repair_string(file, strings[k]);
	size = json_object_get(file, "size");
	if (json_is_integer(size) && json_integer_value(size) >= 0)
		return whole;
	json_object_set_new(file, "size", json_made(json_integer(0)));
	return false;
}

/* Removes a member that is there with another type; true if there was nothing to remove. */
static bool drop_other(json_t *object, const char *name, json_type type)
{
	const json_t *value = json_object_get(object, name);
	if (!value || json_typeof(value) == type || (json_is_null(value) && type == JSON_STRING && strcmp(name, "spam") != 0))
		return true;
	json_object_del(object, name);
	return false;
}

bool record_types_repair(json_t *record)
{
	bool whole = drop_other(record, "extra", JSON_OBJECT);
	whole &= drop_other(record, "files", JSON_ARRAY);
	whole &= drop_other(record, "client", JSON_OBJECT);
	whole &= drop_other(record, "spam", JSON_STRING);
	whole &= drop_other(record, "key", JSON_STRING);
	whole &= drop_other(record, "form", JSON_STRING);
	json_t *client = json_object_get(record, "client"), *files = json_object_get(record, "files");
	whole &= drop_other(client, "address", JSON_STRING);
	whole &= drop_other(client, "agent", JSON_STRING);
	whole &= keep_values(json_object_get(record, "fields"));
	whole &= keep_values(json_object_get(record, "extra"));
	for (size_t i = 0; i < json_array_size(files); i++)
		whole &= repair_file(files, i);
	return whole;
}

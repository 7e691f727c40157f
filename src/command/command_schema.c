/* seeother schema: a JSON Schema of config.ini, from the tables that read it. */
#include "command/command_schema.h"

#include <stdio.h>

#include "base/json.h"
#include "config/schema.h"

int command_schema(int argc, char **argv)
{
	struct arena arena = {0};
	struct text text = {.arena = &arena};
	json_t *schema = schema_make();
	(void)argc, (void)argv;
	json_write(&text, schema, JSON_INDENT(2));
	puts(text_string(&text));
	json_decref(schema);
	arena_free(&arena);
	return 0;
}

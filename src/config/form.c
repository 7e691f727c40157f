/* Forms, as config.ini defines them. */
#include "config/form.h"

#include <string.h>

const struct field *form_field(const struct form *form, struct span name)
{
	const struct field *other_case = NULL;
	for (size_t i = 0; i < form->fields_n; i++) {
		if (span_is(name, form->fields[i].name))
			return &form->fields[i];
		if (!other_case && span_same(name, span_of(form->fields[i].name)))
			other_case = &form->fields[i];
	}
	return other_case;
}

bool form_keeps(const struct form *form, time_t received, time_t now)
{
	return !form->keep || now < received + (time_t)form->keep;
}

bool form_shows(const struct form *form, struct span name)
{
	const struct field *field = form_field(form, name);
	if (form->show.which == SHOW_NONE)
		return false;
	if (form->show.which == SHOW_ALL)
		return !field || (field->type != FIELD_TRAP && field->type != FIELD_HIDDEN);
	for (const char *list = form->show.names; *list;) {
		list += strspn(list, " \t,");
		size_t n = strcspn(list, " \t,");
		struct span word = {list, n};
		if (field ? form_field(form, word) == field : n == name.length && memcmp(list, name.bytes, n) == 0)
			return true;
		list += n;
	}
	return false;
}

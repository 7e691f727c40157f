/* Style sheets in templates have braces too, with blanks, line ends or semicolons in them, which names in holes don't have. */
#include "config/mail_hole.h"

#include <string.h>

#include "base/ascii.h"

enum mail_hole mail_hole_find(struct span name)
{
	static const char *const names[MAIL_HOLES] = {"id", "form", "received", "outcome", "desk", "spam", "erase", "fields"};
	size_t i = 0;
	while (i < MAIL_HOLES && !span_is(name, names[i]))
		i++;
	return (enum mail_hole)i;
}

struct span mail_hole_name(const char *brace)
{
	size_t n = 0;
	while (ascii_is_alphanumeric(brace[n + 1]) || (brace[n + 1] && strchr("_.[]-", brace[n + 1])))
		n++;
	return (struct span){brace + 1, brace[n + 1] == '}' ? n : 0};
}

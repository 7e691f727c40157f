/* The files have all names in full: https://example.org/seeother, /cgi-bin/seeother, /etc/seeother/config.ini. */
#include "command/init_settings.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

/* A name, and what takes its place; NULL if it stays. */
struct name {
	const char *name, *own;
	bool begins_path; /* it is another one after a folder, as /seeother is in /run/seeother */
};

enum { NAMES = 4 };

static const char *authority_of(const char *base, struct arena *arena)
{
	const char *host = strstr(base, "://") + strlen("://");
	return arena_copy(arena, host, strcspn(host, "/"));
}

/* Tells whether the place has the name, and not one that goes on, such as /seeother-files or /run/seeother.socket. */
static bool has_name(const char *text, const char *place, const struct name *name)
{
	size_t n = strlen(name->name);
	if (!name->own || strncmp(place, name->name, n) != 0)
		return false;
	const char *after = place + n;
	bool goes_on = isalnum((unsigned char)*after) || *after == '-' || (*after == '.' && isalnum((unsigned char)after[1]));
	return !goes_on && !(name->begins_path && place > text && isalnum((unsigned char)place[-1]));
}

static const struct name *find_name(const char *text, const char *place, const struct name names[NAMES])
{
	for (size_t i = 0; i < NAMES; i++)
		if (has_name(text, place, &names[i]))
			return &names[i];
	return NULL;
}

void init_settings_print(FILE *out, const char *settings, const char *own_path, const struct init_site *site, struct arena *arena)
{
	bool is_given = *site->base, is_cgi = strncmp(own_path, "/cgi-bin", strlen("/cgi-bin")) == 0;
	const struct name names[NAMES] = {
		{text_printed(arena, "https://example.org%s", own_path), is_given ? site->base : NULL, false},
		{"example.org", is_given ? authority_of(site->base, arena) : NULL, false},
		{own_path, site->path, !is_cgi}, /* /srv/cgi-bin has the program under the name that the URI has */
		{"/etc/seeother/config.ini", site->file, false},
	};
	bool begins = true;
	for (const char *c = settings; *c;) {
		const struct name *name = find_name(settings, c, names);
		if (begins && *c != '\n')
			fputs("    ", out);
		begins = *c == '\n';
		if (name)
			fputs(name->own, out);
		else
			fputc(*c, out);
		c += name ? strlen(name->name) : 1;
	}
}

/* seeother form: prints the HTML of a form, for a page of one's own. */
#include "command/command_form.h"

#include <stdio.h>

#include "answer/form_page.h"
#include "base/text.h"
#include "command/loaded.h"
#include "config/catalogue.h"

static void print_form(struct loaded *loaded, const struct form *form)
{
	struct text html = {.arena = &loaded->arena};
	const char *tag = form->languages.words[0], *base = loaded->config->base;
	const struct catalogue *catalogue = &message_english;
	const char *path = catalogue_path(loaded->config, tag, &loaded->arena);
	if (path)
		catalogue = catalogue_load(path, tag, &loaded->arena, &loaded->faults);
	if (!base) {
		base = "/cgi-bin/seeother";
		fprintf(stderr,
			"seeother: base is not set in %s, so the form posts to %s/%s; change its action if your program is elsewhere\n",
			loaded->path, base, form->name);
	}
	form_page_paste(&html, form, catalogue, text_printed(&loaded->arena, "%s/%s", base, form->name));
	fputs(text_string(&html), stdout);
}

int command_form(int argc, char **argv)
{
	struct loaded loaded;
	(void)argc;
	loaded_begin(&loaded);
	const struct form *form = loaded_form(&loaded, argv[0]);
	if (form && form->fields_n)
		print_form(&loaded, form);
	else if (form)
		fprintf(stderr, "seeother: %s lists no fields for the form \"%s\", so there is nothing to print\n", loaded.path, argv[0]);
	return loaded_end(&loaded, form && form->fields_n ? 0 : 1);
}

/* A mail is never lost for its template: it goes without one that can't be read. */
#include "task/mail_template.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/config.h"

const char *mail_template_read(const char *path, struct arena *arena)
{
	struct span content;
	struct text valid = {.arena = arena};
	if (!path)
		return NULL;
	if (file_read(path, SITE_FILE_MAX, arena, &content) < 0) {
		diag_system("%s: can't be read; mails are sent without it", path);
		return NULL;
	}
	utf8_repair(&valid, content.bytes, content.length);
	return text_string(&valid);
}

/* Whether anybody could fetch the data or the configuration from the web server. */
#include "config/exposure.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/span.h"
#include "base/text.h"
#include "config/config_path.h"

static bool is_link(const char *file)
{
	struct stat status;
	return lstat(file, &status) < 0 || S_ISLNK(status.st_mode);
}

const char *exposure_find(const struct config *config, const char *document_root, bool aliased, struct arena *arena)
{
	if (document_root[strspn(document_root, "/")] == '\0')
		return NULL;
	if (path_is_inside(config->data, document_root))
		return text_printed(arena,
			"[seeother] data: the folder %s is inside the document root %s, where anybody could fetch it; "
			"choose a folder outside",
			config->data, document_root);
	if (aliased)
		return NULL;
	if (config->folder && path_is_inside(config->folder, document_root))
		return text_printed(arena,
			"[seeother] forms: the folder %s is inside the document root %s, where anybody could fetch it; "
			"choose a folder outside",
			config->folder, document_root);
	/* A link to the file can be fetched as well as the file. */
	if (path_chain_is_inside(config->above, document_root) || (is_link(config->file) && path_is_inside(config->file, document_root)))
		return text_printed(arena,
			"this file is inside the document root %s, where anybody could fetch it; move it outside, and name it in "
			"the variable SEEOTHER_CONFIG or put it at " CONFIG_PATH_SYSTEM,
			document_root);
	return NULL;
}

/* Cuts the last name off a path of *n bytes, and gives it. Empty names and "." are passed over, as servers may leave them or not. */
static struct span cut_name(const char *path, size_t *n)
{
	struct span name = {path, 0};
	do {
		while (*n && path[*n - 1] == '/')
			--*n;
		size_t end = *n;
		while (*n && path[*n - 1] != '/')
			--*n;
		name = (struct span){path + *n, end - *n};
	} while (span_is(name, "."));
	return name;
}

/* Only a name in the URL that goes on where that below the root has ended shows an alias; any other may be the work of a rewrite. */
bool exposure_is_alias(const char *document_root, const char *script_filename, const char *script_name)
{
	size_t n = strlen(document_root);
	while (n && document_root[n - 1] == '/')
		n--;
	if (!script_filename || !script_name || strncmp(script_filename, document_root, n) != 0 || script_filename[n] != '/')
		return false;
	const char *below = script_filename + n;
	size_t file_left = strlen(below), name_left = strlen(script_name);
	for (;;) {
		struct span in_file = cut_name(below, &file_left), in_name = cut_name(script_name, &name_left);
		if (in_file.length == 0)
			return in_name.length > 0;
		if (!span_same(in_file, in_name))
			return false;
	}
}

bool exposure_data_holds(const struct config *config)
{
	return access(config->data, F_OK) == 0 && path_chain_is_inside(config->above, config->data);
}

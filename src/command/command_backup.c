/* seeother backup: copies the data folder while posts go on. A file says that the copy is incomplete until all of it is durable. */
#include "command/command_backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/path.h"
#include "command/data_copy.h"
#include "command/data_erase.h"
#include "command/loaded.h"
#include "command/options.h"

/* Makes sure that there is an empty folder of that name; prints why not. */
static bool make_empty_folder(const char *path)
{
	const struct copy_rights own = {.mode = 0700};
	if (copy_folder(path, &own) < 0) {
		diag_system("%s: the folder can't be made", path);
		return false;
	}
	DIR *folder = opendir(path);
	if (!folder) {
		diag_system("%s: can't be opened as a folder", path);
		return false;
	}
	bool empty = true;
	for (struct dirent *entry; empty && (entry = readdir(folder));)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(folder);
	if (!empty)
		diag_error("%s is not empty: a backup needs a folder of its own", path);
	return empty;
}

/* Makes the file that says that the copy is not whole. */
static int begin_copy(const char *marker)
{
	int file = open(marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return -1;
	file_close(file);
	return 0;
}

static int make_backup(const char *data, const char *to)
{
	char marker[PATH_MAX];
	struct data_copy copy = {.from = data, .to = to, .same_rights = true};
	snprintf(marker, sizeof marker, "%s/%s", to, DATA_COPY_INCOMPLETE);
	progress_begin(&copy.progress, "backup", false);
	int failed = begin_copy(marker) < 0;
	if (failed)
		diag_system("%s: can't be made", marker);
	failed = failed || data_copy_run(&copy) < 0 || data_erase_run(data, to) < 0;
	progress_clear(&copy.progress);
	if (!failed && (copy_flush(to) < 0 || unlink(marker) < 0 || folder_sync(to) < 0)) {
		diag_system("%s: can't be made durable", to);
		failed = 1;
	}
	if (failed)
		fprintf(stderr, "seeother: the backup in %s is incomplete; remove it\n", to);
	else
		printf("%s: %ju files, %ju bytes\n", to, (uintmax_t)copy.files, (uintmax_t)copy.bytes);
	return failed;
}

int command_backup(int argc, char **argv)
{
	struct options options;
	struct loaded loaded;
	if (!options_read(&options, "", argc, argv))
		return 2;
	if (options.words_n != 1) {
		fputs("usage: seeother backup FOLDER\n", stderr);
		return 2;
	}
	loaded_begin(&loaded);
	const char *data = loaded.config ? loaded.config->data : NULL, *to = options.words[0];
	int failed = 1;
	if (data && access(data, F_OK) < 0)
		diag_system("%s: there is nothing to copy", data);
	else if (data && (path_is_inside(to, data) || path_is_inside(data, to)))
		diag_error("%s and the data folder %s are inside each other", to, data);
	else if (data && make_empty_folder(to))
		failed = make_backup(data, to);
	return loaded_end(&loaded, failed);
}

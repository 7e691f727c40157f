/*
 * seeother restore: checks a backup and puts it into an empty data folder. The copy is made in DATA/.restoring and its parts are renamed
 * at the end, so a data folder never holds half a restored form.
 */
#include "command/command_restore.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/folder.h"
#include "base/path.h"
#include "base/tree.h"
#include "command/data_copy.h"
#include "command/loaded.h"
#include "command/options.h"
#include "command/verify.h"

#define DRAFT ".restoring"

/* Tells whether a backup is there, complete and undamaged; prints why not. */
static bool check_backup(const char *backup, bool force)
{
	char path[PATH_MAX];
	struct findings findings;
	snprintf(path, sizeof path, "%s/%s", backup, DATA_COPY_INCOMPLETE);
	if (access(path, F_OK) == 0) {
		diag_error("%s is an incomplete backup: making it was broken off", backup);
		return false;
	}
	snprintf(path, sizeof path, "%s/secret", backup);
	if (access(path, R_OK) < 0) {
		diag_system("%s: is not a backup that can be read", path);
		return false;
	}
	findings_begin(&findings, stderr, false);
	if (verify_run(backup, &findings) < 0)
		return false;
	if (findings.damages && !force)
		diag_error("%s is damaged in %ju places; with --force it is restored all the same", backup, (uintmax_t)findings.damages);
	return force || !findings.damages;
}

/* Tells whether a folder holds nothing but a draft of a restoration that was broken off, which is removed; prints why not. */
static bool clear_data(const char *data)
{
	char draft[PATH_MAX];
	bool empty = true;
	DIR *folder = opendir(data);
	if (!folder) {
		diag_system("%s: the data folder can't be read", data);
		return false;
	}
	for (struct dirent *entry; empty && (entry = readdir(folder));)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strcmp(entry->d_name, DRAFT) == 0;
	closedir(folder);
	if (!empty) {
		diag_error("the data folder %s is not empty: move what is in it away first", data);
		return false;
	}
	snprintf(draft, sizeof draft, "%s/%s", data, DRAFT);
	if (tree_remove(draft) == 0 || errno == ENOENT)
		return true;
	diag_system("%s: can't be removed", draft);
	return false;
}

/*
 * Makes the data folder if need be and finds out what rights the copies get: modes as the configuration says, and, if this is root,
 * the owner of the data folder or, if there is none yet, of the secret in the backup.
 */
static bool prepare_data(const struct config *config, const char *backup, struct data_copy *copy)
{
	char path[PATH_MAX];
	struct stat status;
	bool root = geteuid() == 0;
	copy->file_rights = (struct copy_rights){.mode = config->group ? 0640 : 0600, .give = root};
	copy->folder_rights = (struct copy_rights){.mode = config->group ? 0750 : 0700, .give = root};
	snprintf(path, sizeof path, "%s/secret", backup);
	bool there = stat(config->data, &status) == 0;
	if (!there && (errno != ENOENT || stat(path, &status) < 0)) {
		diag_system("%s: the data folder can't be reached", config->data);
		return false;
	}
	if (there && !root && status.st_uid != geteuid()) {
		diag_error("%s belongs to another user (%ju): run this as that user", config->data, (uintmax_t)status.st_uid);
		return false;
	}
	copy->file_rights.owner = copy->folder_rights.owner = status.st_uid;
	copy->file_rights.group = copy->folder_rights.group = status.st_gid;
	if (there)
		return clear_data(config->data);
	snprintf(path, sizeof path, "%s/..", config->data);
	if (copy_folder(config->data, &copy->folder_rights) == 0 && (folder_sync(path) == 0 || errno == EACCES))
		return true;
	diag_system("%s: the data folder can't be made", config->data);
	return false;
}

/* Gives an entry of the draft its name in the data folder. */
static int rename_entry(const char *data, const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];
	snprintf(from, sizeof from, "%s/" DRAFT "/%s", data, name);
	snprintf(to, sizeof to, "%s/%s", data, name);
	if (access(to, F_OK) == 0)
		errno = EEXIST;
	else if (rename(from, to) == 0)
		return 0;
	diag_system("%s: can't be put in place", to);
	return -1;
}

/* Puts the finished draft in place, the secret first: without it, a post would make another one. */
static int publish_draft(const char *data, const char *draft)
{
	int failed = rename_entry(data, "secret");
	DIR *folder = failed ? NULL : opendir(draft);
	for (struct dirent *entry; folder && !failed && (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			failed = rename_entry(data, entry->d_name);
	if (folder)
		closedir(folder);
	if (!failed && (rmdir(draft) < 0 || folder_sync(data) < 0)) {
		diag_system("%s: can't be made durable", data);
		failed = -1;
	}
	return failed;
}

static int restore_backup(const struct config *config, const char *backup)
{
	char draft[PATH_MAX];
	struct data_copy copy = {.from = backup, .to = draft};
	if (!prepare_data(config, backup, &copy))
		return 1;
	snprintf(draft, sizeof draft, "%s/%s", config->data, DRAFT);
	progress_begin(&copy.progress, "restore", false);
	int failed = copy_folder(draft, &copy.folder_rights) < 0;
	if (failed)
		diag_system("%s: can't be made", draft);
	failed = failed || data_copy_run(&copy) < 0;
	progress_clear(&copy.progress);
	if (!failed && copy_flush(draft) < 0) {
		diag_system("%s: can't be made durable", draft);
		failed = 1;
	}
	if (failed)
		tree_remove(draft);
	failed = failed || publish_draft(config->data, draft) < 0;
	if (!failed)
		printf("%s: %ju files, %ju bytes\n", config->data, (uintmax_t)copy.files, (uintmax_t)copy.bytes);
	return failed;
}

int command_restore(int argc, char **argv)
{
	struct options options;
	struct loaded loaded;
	if (!options_read(&options, "force", argc, argv))
		return 2;
	if (options.words_n != 1) {
		fputs("usage: seeother restore FOLDER [--force]\n", stderr);
		return 2;
	}
	loaded_begin(&loaded);
	int failed = 1;
	if (loaded.config &&
		(path_is_inside(options.words[0], loaded.config->data) || path_is_inside(loaded.config->data, options.words[0])))
		diag_error("%s and the data folder %s are inside each other", options.words[0], loaded.config->data);
	else if (loaded.config && check_backup(options.words[0], options.force))
		failed = restore_backup(loaded.config, options.words[0]);
	return loaded_end(&loaded, failed);
}

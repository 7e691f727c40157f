/* The check goes by what is in the folder, so that forms which config.ini has no longer are checked too. */
#include "command/verify.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "command/checked_form.h"
#include "command/data_copy.h"
#include "command/verify_log.h"
#include "command/verify_task.h"
#include "command/verify_upload.h"
#include "keep/key_check.h"

#define SECRET_ADVICE \
	"Put it back from a backup: without it, no address of an outcome leads anywhere. If it is lost, new-secret makes another one."

/* What the readers of files have to say is said by the findings. */
static void drop_message(void *context, const char *line, size_t n)
{
	(void)context, (void)line, (void)n;
}

static void check_keys(struct checked_form *form, const char *name)
{
	char file[PATH_MAX];
	uint64_t keys = 0;
	const char *node = name[strlen("keys")] == '.' ? name + strlen("keys.") : "";
	snprintf(file, sizeof file, "%s/%s", form->form, name);
	switch (key_check_run(form->data, form->form, node, &keys)) {
	case KEY_CHECK_SOUND: form->findings->keys += keys; break;
	case KEY_CHECK_NONE: break;
	case KEY_CHECK_DAMAGED:
		findings_add(form->findings, FINDING_DAMAGE, file, FINDING_WHOLE, "the table of keys is damaged",
			"Remove it. The next post with a key rebuilds it from the logs.");
		break;
	case KEY_CHECK_FAILED:
		findings_add(form->findings, FINDING_DAMAGE, file, FINDING_WHOLE, strerror(errno),
			"Run this as the user that the web server runs seeother as.");
		break;
	}
}

/* Checks the tables of keys of all nodes. */
static void check_tables(struct checked_form *form)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", form->data, form->form);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		bool fresh = strcmp(entry->d_name, "keys.new") == 0;
		if (!fresh && (strcmp(entry->d_name, "keys") == 0 || strncmp(entry->d_name, "keys.", strlen("keys.")) == 0))
			check_keys(form, entry->d_name);
	}
	if (folder)
		closedir(folder);
}

static void check_form_folder(struct checked_form *form)
{
	/* The cursors go first: a log only grows, so that a cursor which was read before it can't stand beyond its end. */
	verify_task_check(form);
	verify_log_check(form);
	verify_log_check_marks(form);
	verify_upload_orphans(form);
	check_tables(form);
	findings_end(form->findings);
}

static int is_form_folder(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool load_secret(struct secret *secret, const char *data, struct findings *findings)
{
	if (secret_load(secret, data, false) == 0)
		return true;
	if (errno != ENOENT)
		findings_add(findings, FINDING_DAMAGE, "secret", FINDING_WHOLE,
			errno == EILSEQ ? "the secret has not 32 bytes" : strerror(errno), SECRET_ADVICE);
	return false;
}

/* Reports a secret that is missing though something was kept. The first post may just have made it. */
static void check_secret_is_there(const char *data, struct findings *findings)
{
	struct secret secret = {0};
	if (findings->outcomes && secret_load(&secret, data, false) < 0 && errno == ENOENT)
		findings_add(findings, FINDING_DAMAGE, "secret", FINDING_WHOLE, "the secret is missing", SECRET_ADVICE);
}

int verify_run(const char *data, struct findings *findings)
{
	char path[PATH_MAX];
	struct secret secret = {0};
	struct stat status;
	struct dirent **names;
	int n = scandir(data, &names, is_form_folder, alphasort);
	if (n < 0) {
		diag_system("%s: the folder can't be read", data);
		return -1;
	}
	struct checked_form form = {.data = data, .begun = time(NULL), .findings = findings};
	diag_to(drop_message, NULL);
	snprintf(path, sizeof path, "%s/" DATA_COPY_INCOMPLETE, data);
	if (access(path, F_OK) == 0)
		findings_add(findings, FINDING_DAMAGE, DATA_COPY_INCOMPLETE, FINDING_WHOLE,
			"this backup is incomplete: making it was broken off", "Make another one.");
	form.secret = load_secret(&secret, data, findings) ? &secret : NULL;
	for (int i = 0; i < n; i++) {
		form.form = names[i]->d_name;
		snprintf(path, sizeof path, "%s/%s", data, form.form);
		if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
			check_form_folder(&form);
		free(names[i]);
	}
	free(names);
	diag_to(NULL, NULL);
	check_secret_is_there(data, findings);
	findings_end(findings);
	return 0;
}

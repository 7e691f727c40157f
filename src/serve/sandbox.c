/*
 * Landlock restricts which files can be opened, seccomp which system calls can be made. Both hold for the rest of the process's life,
 * so a process enters the sandbox after it has read config.ini and before it reads the first byte of a request.
 */
#define _GNU_SOURCE /* dladdr */
#include "serve/sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/boot.h"
#include "base/date.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"
#include "config/catalogue.h"
#include "serve/landlock.h"
#include "serve/seccomp.h"

/* The sanitizers make further system calls, for example to look for leaks at the end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { POSSIBLE = false };
#else
enum { POSSIBLE = true };
#endif

struct sandbox_folder {
	const char *path;
	enum landlock_access access;
	const char *watched; /* the path that tells whether the folder is still the same, or NULL */
	dev_t device;        /* of that path; both 0 if it was not there */
	ino_t inode;
	bool shared;    /* it is on a network, where each look costs a round trip: once a second is enough */
	int64_t looked; /* the uptime of the last look, in microseconds, where it is shared */
	int held;       /* a descriptor of it or -1: it keeps the folder from being unmounted, which no rule outlives */
	struct sandbox_folder *next;
};

/* --- which folders ------------------------------------------------------------------------------------------------- */

static void allow(struct sandbox *sandbox, const char *path, enum landlock_access access, const char *watched)
{
	struct stat status;
	struct sandbox_folder *folder = arena_take(&sandbox->arena, sizeof *folder);
	*folder = (struct sandbox_folder){.path = path, .access = access, .watched = watched, .held = -1, .next = sandbox->folders};
	sandbox->folders = folder;
	if (watched && stat(watched, &status) == 0) {
		folder->device = status.st_dev;
		folder->inode = status.st_ino;
	}
}

/* Gives the path of the folder that holds a path. */
static const char *folder_above(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_copy(arena, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

/* Allows the folder of a file, since editors replace a file by another one of its name. */
static void allow_beside(struct sandbox *sandbox, const char *file)
{
	const char *folder = file ? folder_above(&sandbox->arena, file) : NULL;
	const struct sandbox_folder *had = sandbox->folders;
	while (folder && had && (had->access != LANDLOCK_READ || strcmp(had->path, folder) != 0))
		had = had->next;
	if (folder && !had) /* each watched path costs a system call per request */
		allow(sandbox, folder, LANDLOCK_READ, folder);
}

static void allow_languages(struct sandbox *sandbox, const struct config *config, const struct words *languages)
{
	for (size_t i = 0; i < languages->n; i++)
		if (strcmp(languages->words[i], message_english.tag) != 0)
			allow_beside(sandbox, catalogue_path(config, languages->words[i], &sandbox->arena));
}

/* The C library, if shared, reads the conversions of charsets from a folder beside it. */
static void allow_charsets(struct sandbox *sandbox)
{
	Dl_info library;
	union {
		iconv_t (*function)(const char *, const char *);
		void *address;
	} within = {.function = iconv_open};
	const char *slash = dladdr(within.address, &library) && library.dli_fname ? strrchr(library.dli_fname, '/') : NULL;
	if (slash && strncmp(slash, "/libc.", 6) == 0)
		allow(sandbox, text_printed(&sandbox->arena, "%.*s/gconv", (int)(slash - library.dli_fname), library.dli_fname),
			LANDLOCK_READ, NULL);
}

/*
 * Allows the data folder, or, until the first post makes it, the nearest folder above it. Until the secret is there, which is made
 * once all names above are durable, the folder above may also be listed, as flushing it requires; afterwards not, and the data
 * folder itself is watched: the rule holds its inode, whose number no other folder can get, while a new secret might get that of
 * the old one.
 */
static void allow_data(struct sandbox *sandbox, const char *data, bool shared)
{
	char nearest[PATH_MAX];
	const char *secret = text_printed(&sandbox->arena, "%s/secret", data);
	bool made = access(secret, F_OK) == 0;
	folder_nearest(data, nearest);
	const char *folder = arena_copy(&sandbox->arena, nearest, strlen(nearest));
	bool there = strcmp(folder, data) == 0;
	allow(sandbox, folder, shared ? LANDLOCK_CLAIM : LANDLOCK_WRITE, folder);
	sandbox->folders->shared = shared;
	if (made && there)
		return;
	allow(sandbox, there ? text_printed(&sandbox->arena, "%s/..", data) : folder, LANDLOCK_LIST, secret);
	sandbox->folders->device = 0; /* it was not there a moment ago */
	sandbox->folders->inode = 0;
}

/* A form of the folder is read when it is asked for, and may have any language. */
static void allow_forms(struct sandbox *sandbox, const struct config *config)
{
	const char *folders[CATALOGUE_FOLDERS];
	allow(sandbox, config->folder, LANDLOCK_READ, config->folder);
	size_t n = catalogue_folders(config, folders, &sandbox->arena);
	for (size_t i = 0; i < n; i++)
		allow(sandbox, folders[i], LANDLOCK_READ, folders[i]);
}

static void allow_all(struct sandbox *sandbox, const struct config *config)
{
	allow_data(sandbox, config->data, *config->node); /* several hosts claim keys by symlinks, keep/claim.c */
	if (config->local != config->data)
		allow(sandbox, config->local, LANDLOCK_WRITE, config->local);
	allow_beside(sandbox, config->css);
	allow_beside(sandbox, config->header);
	allow_beside(sandbox, config->footer);
	allow_languages(sandbox, config, &config->languages);
	for (size_t i = 0; i < config->forms_n; i++)
		if (config->forms[i].languages.words != config->languages.words) /* else the form has the site's */
			allow_languages(sandbox, config, &config->forms[i].languages);
	if (config->slots)
		allow_forms(sandbox, config);
	for (size_t i = 0; i < config->things_n; i++)
		allow_beside(sandbox, config->things[i].map);
	allow_charsets(sandbox);
}

/* --- entering ------------------------------------------------------------------------------------------------------ */

static void release_folders(struct sandbox *sandbox)
{
	for (const struct sandbox_folder *folder = sandbox->folders; folder; folder = folder->next)
		if (folder->held >= 0)
			close(folder->held);
	sandbox->folders = NULL;
}

/* Says which part of the sandbox is missing and, by errno, why. */
static const char *say_missing(struct sandbox *sandbox, const char *part, const char *path)
{
	if (errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL)
		return text_printed(&sandbox->arena, "this kernel lacks %s", part);
	return text_printed(&sandbox->arena, "%s%s%s can't be set up: %s", part, path ? " for " : "", path ? path : "", strerror(errno));
}

/* A folder that tells by its own path whether it is still the same one is held open, lest it is unmounted and mounted again. */
static int allow_folders(const struct landlock *landlock, struct sandbox *sandbox, const char **failed)
{
	for (struct sandbox_folder *folder = sandbox->folders; folder; folder = folder->next) {
		int held = landlock_allow(landlock, folder->path, folder->access);
		if (held == -2) {
			*failed = folder->path;
			return -1;
		}
		if (held >= 0 && folder->watched == folder->path)
			folder->held = held;
		else
			file_close(held);
	}
	return 0;
}

static const char *restrict_files(struct sandbox *sandbox)
{
	struct landlock landlock;
	const char *failed = NULL, *missing = NULL;
	if (landlock_begin(&landlock) < 0 || allow_folders(&landlock, sandbox, &failed) < 0 || landlock_enter(&landlock) < 0) {
		missing = say_missing(sandbox, "Landlock", failed);
		release_folders(sandbox); /* no rule holds */
	}
	landlock_end(&landlock);
	return missing;
}

const char *sandbox_enter(struct sandbox *sandbox, const struct config *config)
{
	if (!config->sandbox || !POSSIBLE)
		return NULL;
	boot_learn();
	allow_all(sandbox, config);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return say_missing(sandbox, "no_new_privs", NULL);
	const char *files = restrict_files(sandbox);
	const char *calls = seccomp_enter(sandbox->brief) < 0 ? say_missing(sandbox, "seccomp", NULL) : NULL;
	return files && calls ? text_printed(&sandbox->arena, "%s; %s", files, calls) : files ? files : calls;
}

void sandbox_end(struct sandbox *sandbox)
{
	release_folders(sandbox);
	arena_free(&sandbox->arena);
}

/* Tells whether it is time to look at a folder. */
static bool wants_look(struct sandbox_folder *folder)
{
	if (!folder->watched)
		return false;
	if (!folder->shared)
		return true;
	int64_t now = date_uptime();
	if (folder->looked && now - folder->looked < DATE_SECOND)
		return false;
	folder->looked = now;
	return true;
}

bool sandbox_stale(struct sandbox *sandbox)
{
	for (struct sandbox_folder *folder = sandbox->folders; folder; folder = folder->next) {
		struct stat status;
		if (!wants_look(folder))
			continue;
		if (stat(folder->watched, &status) < 0)
			status = (struct stat){0};
		if (status.st_dev != folder->device || status.st_ino != folder->inode)
			return true;
	}
	return false;
}

/*
 * Landlock restricts which files can be opened, seccomp which system calls can be made. Both hold for the rest of the process's life,
 * so a process enters the sandbox after it has read config.ini and before it reads the first byte of a request.
 */
#define _GNU_SOURCE /* syscall, O_PATH, dladdr */
#include "serve/sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/boot.h"
#include "base/file.h"
#include "base/text.h"
#include "config/catalogue.h"

/* REFER and TRUNCATE by number: the headers may be older than the running kernel. */
enum {
	REFER = 1u << 13,
	TRUNCATE = 1u << 14,
	READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	WRITE = READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
		LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | REFER | TRUNCATE,
	HANDLED = WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
};

/* Version 2 brought REFER, without which no file can be renamed into another folder; version 3 brought TRUNCATE. */
enum { VERSION_LEAST = 2, VERSION_TRUNCATE = 3 };

/* The sanitizers make further system calls, for example to look for leaks at the end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { POSSIBLE = false };
#else
enum { POSSIBLE = true };
#endif

struct sandbox_folder {
	const char *path;
	uint32_t access;
	const char *watched; /* the path that tells whether the folder is still the same, or NULL */
	dev_t device;        /* of that path; both 0 if it was not there */
	ino_t inode;
	int held; /* a descriptor of it or -1: it keeps the folder from being unmounted, which no rule outlives */
	struct sandbox_folder *next;
};

static const struct sock_filter filter[] = {
#include "filter.h"
};

/* --- which folders ------------------------------------------------------------------------------------------------- */

static void allow(struct sandbox *sandbox, const char *path, uint32_t access, const char *watched)
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
static const char *above(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_copy(arena, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

/* Allows the folder of a file, since editors replace a file by another one of its name. */
static void allow_beside(struct sandbox *sandbox, const char *file)
{
	const char *folder = file ? above(&sandbox->arena, file) : NULL;
	const struct sandbox_folder *had = sandbox->folders;
	while (folder && had && (had->access != READ || strcmp(had->path, folder) != 0))
		had = had->next;
	if (folder && !had) /* each watched path costs a system call per request */
		allow(sandbox, folder, READ, folder);
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
		allow(sandbox, text_printed(&sandbox->arena, "%.*s/gconv", (int)(slash - library.dli_fname), library.dli_fname), READ, NULL);
}

/*
 * Allows the data folder, or, until the first post makes it, the nearest folder above it. Until the secret is there, which is made
 * once all names above are durable, the folder above may also be listed, as flushing it requires; afterwards not, and the data
 * folder itself is watched: the rule holds its inode, whose number no other folder can get, while a new secret might get that of
 * the old one.
 */
static void allow_data(struct sandbox *sandbox, const char *data)
{
	const char *folder = data, *secret = text_printed(&sandbox->arena, "%s/secret", data);
	bool made = access(secret, F_OK) == 0;
	while (access(folder, F_OK) < 0 && strcmp(folder, ".") != 0 && strcmp(folder, "/") != 0)
		folder = above(&sandbox->arena, folder);
	allow(sandbox, folder, WRITE, folder);
	if (made && folder == data)
		return;
	allow(sandbox, folder == data ? text_printed(&sandbox->arena, "%s/..", data) : folder, LANDLOCK_ACCESS_FS_READ_DIR, secret);
	sandbox->folders->device = 0; /* it was not there a moment ago */
	sandbox->folders->inode = 0;
}

static void allow_all(struct sandbox *sandbox, const struct config *config)
{
	allow_data(sandbox, config->data);
	allow_beside(sandbox, config->css);
	allow_beside(sandbox, config->header);
	allow_beside(sandbox, config->footer);
	allow_languages(sandbox, config, &config->languages);
	for (size_t i = 0; i < config->forms_n; i++)
		if (config->forms[i].languages.words != config->languages.words) /* else the form has the site's */
			allow_languages(sandbox, config, &config->forms[i].languages);
	for (size_t i = 0; i < config->things_n; i++)
		allow_beside(sandbox, config->things[i].map);
	allow_charsets(sandbox);
}

/* --- Landlock ------------------------------------------------------------------------------------------------------ */

static int add_folder(int rules, struct sandbox_folder *folder, uint32_t handled)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = folder->access & handled};
	rule.parent_fd = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -1 : 0; /* there is no such folder to reach */
	long failed = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (failed == 0 && folder->watched == folder->path)
		folder->held = rule.parent_fd;
	else
		close(rule.parent_fd);
	return failed < 0 ? -1 : 0;
}

static const char *lock_files(struct sandbox *sandbox)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < VERSION_LEAST)
		return "Landlock";
	struct landlock_ruleset_attr handled = {.handled_access_fs = version < VERSION_TRUNCATE ? HANDLED & ~(uint32_t)TRUNCATE : HANDLED};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0), failed = rules < 0;
	for (struct sandbox_folder *folder = sandbox->folders; folder && !failed; folder = folder->next)
		failed = add_folder(rules, folder, (uint32_t)handled.handled_access_fs) < 0;
	failed = failed || syscall(SYS_landlock_restrict_self, rules, 0) < 0;
	file_close(rules);
	return failed ? "Landlock" : NULL;
}

/* --- seccomp ------------------------------------------------------------------------------------------------------- */

static void let_go(struct sandbox *sandbox)
{
	for (const struct sandbox_folder *folder = sandbox->folders; folder; folder = folder->next)
		if (folder->held >= 0)
			close(folder->held);
	sandbox->folders = NULL;
}

static const char *lock_calls(void)
{
	struct sock_filter steps[sizeof filter / sizeof *filter];
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = steps};
	memcpy(steps, filter, sizeof filter); /* the kernel's structure points to steps that are not constant */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? "seccomp" : NULL;
}

const char *sandbox_enter(struct sandbox *sandbox, const struct config *config)
{
	if (!config->sandbox || !POSSIBLE)
		return NULL;
	boot_learn();
	allow_all(sandbox, config);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return "no_new_privs";
	const char *files = lock_files(sandbox);
	if (files)
		let_go(sandbox); /* no rule holds */
	const char *calls = lock_calls();
	return files && calls ? "Landlock and seccomp" : files ? files : calls;
}

void sandbox_end(struct sandbox *sandbox)
{
	let_go(sandbox);
	arena_free(&sandbox->arena);
}

bool sandbox_stale(const struct sandbox *sandbox)
{
	for (const struct sandbox_folder *folder = sandbox->folders; folder; folder = folder->next) {
		struct stat status;
		if (!folder->watched)
			continue;
		if (stat(folder->watched, &status) < 0)
			status = (struct stat){0};
		if (status.st_dev != folder->device || status.st_ino != folder->inode)
			return true;
	}
	return false;
}

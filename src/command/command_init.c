/* seeother init: writes a configuration with a contact form, tries the data folder, and says what remains to be done. */
#include "command/command_init.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/path.h"
#include "base/span.h"
#include "base/text.h"
#include "command/data_check.h"
#include "command/init_answers.h"
#include "command/init_recipe.h"
#include "config/config_check.h"
#include "config/config_load.h"
#include "config/config_path.h"

#ifndef DATADIR
#define DATADIR "/usr/local/share"
#endif

enum { FILE_BYTES = 1024 * 1024, DATA_MODE = 0750 };

/* --- the text of the configuration ----------------------------------------------------------------------------------- */

/* The words of a contact form in each shipped language. */
static const struct wording {
	const char *tag, *title, *name, *email, *message, *subject;
} wordings[] = {
	{"en", "Write to us", "Your name", "Your e-mail address", "Your message", "New message from {name}"},
	{"de", "Schreiben Sie uns", "Ihr Name", "Ihre E-Mail-Adresse", "Ihre Nachricht", "Neue Nachricht von {name}"},
	{"fr", "Écrivez-nous", "Votre nom", "Votre adresse e-mail", "Votre message", "Nouveau message de {name}"},
	{"es", "Escríbanos", "Su nombre", "Su correo electrónico", "Su mensaje", "Nuevo mensaje de {name}"},
	{"ar", "راسلنا", "اسمك", "بريدك الإلكتروني", "رسالتك", "رسالة جديدة من {name}"},
};

static const struct wording *wording_of(const char *tag)
{
	for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++)
		if (strcmp(wordings[i].tag, tag) == 0)
			return &wordings[i];
	return &wordings[0];
}

/* Quotes a value only where a comment would cut it, as people write it. */
static void put_setting(struct text *out, const char *key, const char *value)
{
	const char *quote = strpbrk(value, ";#") ? "\"" : "";
	if (*value)
		text_format(out, "%s = %s%s%s\n", key, quote, value, quote);
}

static void write_form(struct text *out, const struct init_answers *answers)
{
	const struct wording *words = wording_of(answers->language);
	text_format(out,
		"\n[form contact]\ntitle = %s\nwithdraw = 1h\nrate = 20/minute\nfastest = 2s\n%s"
		"\n[fields contact]\nname = text required max=100 autocomplete=name\nemail = email required autocomplete=email\n"
		"message = textarea required max=5000\nwebsite = trap\n"
		"\n[labels contact]\nname = %s\nemail = %s\nmessage = %s\n",
		words->title, *answers->mail ? "after = tell-owner\n" : "", words->name, words->email, words->message);
	if (*answers->mail)
		text_format(out, "\n[task tell-owner]\nmail = %s\nsubject = %s\n", answers->mail, words->subject);
}

static void write_configuration(struct text *out, const struct init_answers *answers)
{
	text_put(out,
		"; \"man seeother.ini\" explains every key, \"seeother keys\" lists them. After a change, run \"seeother check\".\n"
		"\n[seeother]\n");
	put_setting(out, "data", answers->data);
	put_setting(out, "base", answers->base);
	put_setting(out, "language", answers->language);
	put_setting(out, "from", answers->mail);
	write_form(out, answers);
}

/* --- the files ------------------------------------------------------------------------------------------------------- */

/* Tells whether a file is the example as it was installed, which nobody misses. */
static bool is_example(const char *file, struct arena *arena)
{
	struct span there, example;
	return file_read(file, FILE_BYTES, arena, &there) == 0 &&
		file_read(DATADIR "/seeother/config.ini", FILE_BYTES, arena, &example) == 0 && there.length == example.length &&
		memcmp(there.bytes, example.bytes, there.length) == 0;
}

/* Tells whether the new file may take the place of what is there; says why not. */
static bool may_replace(const struct init_answers *answers, struct arena *arena)
{
	if (answers->force || access(answers->file, F_OK) < 0 || is_example(answers->file, arena))
		return true;
	fprintf(stderr, "seeother: %s is there already; with --force it becomes %s.old\n", answers->file, answers->file);
	return false;
}

/* Keeps a file that is there as FILE.old; says why it can't. */
static bool keep_old(const char *file, struct arena *arena)
{
	const char *old = text_printed(arena, "%s.old", file);
	if (access(file, F_OK) < 0 || is_example(file, arena) || rename(file, old) == 0)
		return true;
	fprintf(stderr, "seeother: %s: can't be renamed to %s: %s\n", file, old, strerror(errno));
	return false;
}

static bool put_configuration(const struct init_answers *answers, struct arena *arena)
{
	struct text content = {.arena = arena};
	const char *slash = strrchr(answers->file, '/');
	const char *folder = slash ? arena_copy(arena, answers->file, (size_t)(slash - answers->file)) : "";
	write_configuration(&content, answers);
	if (!keep_old(answers->file, arena))
		return false;
	if ((*folder && folder_make(folder) < 0) || file_put(answers->file, content.bytes, content.length, true, false) < 0 ||
		chmod(answers->file, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) < 0) {
		fprintf(stderr, "seeother: %s: can't be written: %s\n", answers->file, strerror(errno));
		return false;
	}
	printf("%s: written\n", answers->file);
	return true;
}

/*
 * Finds the user that the processes are to run as: the one that was named, the package's, the web server's, or whoever this is. Returns
 * NULL, with the reason printed, if there is none.
 */
static const struct passwd *service_user(const char *named)
{
	static const char *const names[] = {"seeother", "www-data", "http", "nginx", "apache"};
	const struct passwd *user = named ? getpwnam(named) : NULL;
	for (size_t i = 0; !named && geteuid() == 0 && !user && i < sizeof names / sizeof *names; i++)
		user = getpwnam(names[i]);
	if (!user && !named)
		user = getpwuid(geteuid());
	if (!user)
		fprintf(stderr, "seeother: there is no user %s%s\n", named ? named : "with the number of this one",
			named ? "" : ": name one with --user");
	return user;
}

/* Makes the data folder, if it is missing, for that user. */
static bool make_data(const char *folder, const struct passwd *user)
{
	if (access(folder, F_OK) == 0)
		return true;
	if (folder_make(folder) < 0 || chmod(folder, DATA_MODE) < 0 || (geteuid() == 0 && chown(folder, user->pw_uid, user->pw_gid) < 0)) {
		fprintf(stderr, "seeother: %s: can't be made: %s\n", folder, strerror(errno));
		return false;
	}
	printf("%s: made, for the user %s\n", folder, user->pw_name);
	return true;
}

/* --- trying it ------------------------------------------------------------------------------------------------------- */

/* Does what "seeother check" does; false if something is at fault, which is printed. */
static bool try_configuration(const char *file, struct arena *arena)
{
	struct text faults = {.arena = arena}, warnings = {.arena = arena};
	struct config *config = config_load(file, &faults);
	if (config) {
		config_check(config, &faults, &warnings);
		data_check(config, &faults, &warnings);
		if (!faults.length)
			printf("%s: tried: files are written, flushed and locked there\n", config->data);
	}
	config_free(config);
	fflush(stdout);
	fputs(text_string(&warnings), stderr);
	fputs(text_string(&faults), stderr);
	return !faults.length;
}

static int begin_site(const struct init_answers *answers, struct arena *arena)
{
	char found[PATH_MAX], absolute[PATH_MAX];
	const struct passwd *user = service_user(answers->user);
	config_path_find(found);
	if (!user || path_absolute(answers->file, absolute) < 0 || !make_data(answers->data, user) || !put_configuration(answers, arena))
		return 1;
	bool fine = try_configuration(answers->file, arena);
	const char *other = strcmp(found, answers->file) != 0 || getenv("SEEOTHER_CONFIG") ? absolute : NULL;
	putchar('\n');
	init_recipe_print(stdout, answers->base, user->pw_name, other, *answers->mail, arena);
	return fine ? 0 : 1;
}

static int run_init(int argc, char **argv, struct arena *arena)
{
	struct init_answers answers;
	if (!init_answers_begin(&answers, argc, argv, arena))
		return 2;
	if (!may_replace(&answers, arena))
		return 1;
	return init_answers_ask(&answers, arena) ? begin_site(&answers, arena) : 2;
}

int command_init(int argc, char **argv)
{
	struct arena arena = {0};
	int status = run_init(argc, argv, &arena);
	arena_free(&arena);
	return status;
}

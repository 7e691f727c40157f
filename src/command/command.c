/* Commands; see command.h. The table prints the help too. */
#include "command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/form_page.h"
#include "base/folder.h"
#include "command/export.h"
#include "config/catalogue.h"
#include "config/config.h"
#include "keep/map.h"
#include "keep/secret.h"
#include "task/roster.h"
#include "task/wake.h"
#include "task/worker.h"

#ifndef VERSION
#define VERSION "unknown"
#endif
#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

typedef int command(int argc, char **argv);

static command run_check, run_form, run_work, run_tasks, run_retry, run_export, run_map, run_keys, run_help, run_version;

static const struct {
	const char *name, *arguments;
	command *run;
	const char *meaning;
} commands[] = {
	{"check", "[FILE]", run_check, "say what is wrong with config.ini, if anything"},
	{"form", "NAME", run_form, "print a form as HTML, to paste into a page of the site"},
	{"work", "[once]", run_work, "do what tasks have to do, and erase what is kept no longer"},
	{"tasks", "", run_tasks, "list what tasks have not done yet"},
	{"retry", "[ID]", run_retry, "try again what was given up, all of it or one"},
	{"export", "NAME", run_export, "print what a form has kept as CSV, for a spreadsheet"},
	{"map", "", run_map, "make the databases of all maps"},
	{"keys", "", run_keys, "list the keys of config.ini with their defaults"},
	{"--help", "", run_help, "say this"},
	{"--version", "", run_version, "say the version"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void help_print(FILE *out)
{
	char path[PATH_MAX];
	command_config_path(path);
	fputs("seeother keeps what forms send to it and answers with 303 See Other.\n\n"
	      "A web server runs it, as CGI or as FastCGI; without arguments it does what the web server asks.\n"
	      "By hand:\n\n",
		out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  seeother %-9s %-7s %s\n", commands[i].name, commands[i].arguments, commands[i].meaning);
	fprintf(out, "\nIts configuration is %s%s\n(the first of $SEEOTHER_CONFIG, config.ini beside the program, %s/seeother/config.ini).\n",
		path, access(path, F_OK) == 0 ? "" : ", which is not there", SYSCONFDIR);
}

int command_usage(void)
{
	help_print(stderr);
	return 2;
}

int command_run(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			int status = commands[i].run(argc, argv);
			if (fflush(stdout) == 0 && !ferror(stdout))
				return status;
			fprintf(stderr, "seeother: standard output: %s\n", strerror(errno));
			return 1;
		}
	fprintf(stderr, "seeother: there is no command \"%s\"\n\n", argv[1]);
	return command_usage();
}

void command_config_path(char path[PATH_MAX])
{
	static const char name[] = "config.ini";
	const char *given = getenv("SEEOTHER_CONFIG");
	if (given && *given) {
		snprintf(path, PATH_MAX, "%s", given);
		return;
	}
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof name - 1);
	path[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (slash) {
		strcpy(slash + 1, name);
		if (access(path, F_OK) == 0 || errno != ENOENT)
			return;
	}
	snprintf(path, PATH_MAX, "%s/seeother/%s", SYSCONFDIR, name);
}

/* Tries what only trying can tell: whether the data folder can be written to, or made. */
static void try_data(const struct config *config, struct text *faults)
{
	const char *root = getenv("DOCUMENT_ROOT");
	if (root && *root && folder_inside(config->data, root))
		text_format(faults, "%s: [seeother] data: %s is inside the document root %s\n", config->file, config->data, root);
	else if (folder_try(config->data) < 0)
		text_format(faults, "%s: [seeother] data: %s: %s\n", config->file, config->data, strerror(errno));
}

static int run_check(int argc, char **argv)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct text faults = {.arena = &arena};
	if (argc > 3)
		return command_usage();
	if (argc == 3)
		snprintf(path, sizeof path, "%s", argv[2]);
	else
		command_config_path(path);
	struct config *config = config_load(path, &faults);
	if (config) {
		config_try(config, &faults);
		try_data(config, &faults);
	}
	int wrong = faults.length > 0;
	if (wrong)
		fputs(faults.bytes, stderr);
	else
		printf("%s: fine, %zu form%s, data in %s\n", path, config->forms_n, config->forms_n == 1 ? "" : "s", config->data);
	config_free(config);
	arena_free(&arena);
	return wrong;
}

static void form_print(const struct config *config, const struct form *form, struct arena *arena)
{
	struct text html = {.arena = arena}, faults = {.arena = arena};
	const char *tag = form->languages.words[0], *base = config->base;
	const struct catalogue *catalogue = &message_english;
	const char *path = catalogue_path(config, tag, arena);
	if (path)
		catalogue = catalogue_load(path, tag, arena, &faults);
	if (!base) {
		base = "/cgi-bin/seeother";
		fprintf(stderr, "seeother: base is not set in %s, so the form posts to %s/%s; change that where it is elsewhere\n",
			config->file, base, form->name);
	}
	form_page_paste(&html, form, catalogue, text_printed(arena, "%s/%s", base, form->name));
	fputs(text_string(&faults), stderr);
	fputs(text_string(&html), stdout);
}

/* Loads the configuration and gives it, NULL where it can't be; and the form of a name, NULL where there is none, which is said. */
static struct config *load_with_form(const char *name, const struct form **form, struct text *faults)
{
	char path[PATH_MAX];
	command_config_path(path);
	struct config *config = config_load(path, faults);
	*form = config ? config_form(config, span_of(name)) : NULL;
	if (config && !*form)
		fprintf(stderr, "seeother: there is no form \"%s\" in %s\n", name, path);
	return config;
}

static int run_form(int argc, char **argv)
{
	struct arena arena = {0};
	struct text faults = {.arena = &arena};
	const struct form *form;
	if (argc != 3)
		return command_usage();
	struct config *config = load_with_form(argv[2], &form, &faults);
	if (form && form->fields_n)
		form_print(config, form, &arena);
	else if (form)
		fprintf(stderr, "seeother: the form \"%s\" has no fields in %s: it takes anything, so there is nothing to print\n", argv[2],
			config->file);
	fputs(text_string(&faults), stderr);
	int status = form && form->fields_n ? 0 : 1;
	config_free(config);
	arena_free(&arena);
	return status;
}

static int run_work(int argc, char **argv)
{
	char path[PATH_MAX], absolute[PATH_MAX];
	if (argc > 3 || (argc == 3 && strcmp(argv[2], "once") != 0))
		return command_usage();
	command_config_path(path);
	if (path_absolute(path, absolute) < 0) {
		fprintf(stderr, "seeother: %s: %s\n", path, strerror(errno));
		return 1;
	}
	return worker_run(absolute, argc == 2); /* commands have working folders of their own */
}

/* Does something for each task of each form, as the configuration has them; gives the exit status. */
static int each_task(int (*act)(const struct config *, const struct form *, const struct task *, const char *id), const char *id)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct text faults = {.arena = &arena};
	const struct task *task;
	int status = 0;
	command_config_path(path);
	struct config *config = config_load(path, &faults);
	for (size_t i = 0; config && i < config->forms_n; i++)
		for (size_t k = 0; (task = config_form_task(config, &config->forms[i], k)); k++)
			status |= act(config, &config->forms[i], task, id);
	fputs(text_string(&faults), stderr);
	status |= !config;
	config_free(config);
	arena_free(&arena);
	return status;
}

static int list_task(const struct config *config, const struct form *form, const struct task *task, const char *id)
{
	(void)id;
	return roster_print(config, form, task, stdout) < 0;
}

static int retry_task(const struct config *config, const struct form *form, const struct task *task, const char *id)
{
	int n = secret_is_own(config->data) ? roster_retry(config, form, task, id) : -1;
	if (n >= 0)
		printf("%s %s: %d to be tried again\n", form->name, task->name, n);
	if (n > 0)
		wake(config);
	return n < 0;
}

static int run_tasks(int argc, char **argv)
{
	(void)argv;
	return argc == 2 ? each_task(list_task, NULL) : command_usage();
}

static int run_retry(int argc, char **argv)
{
	return argc <= 3 ? each_task(retry_task, argc == 3 ? argv[2] : NULL) : command_usage();
}

static int run_export(int argc, char **argv)
{
	struct arena arena = {0};
	struct text faults = {.arena = &arena};
	const struct form *form;
	if (argc != 3)
		return command_usage();
	struct config *config = load_with_form(argv[2], &form, &faults);
	int status = !form || export_print(config, form, stdout) < 0;
	fputs(text_string(&faults), stderr);
	config_free(config);
	arena_free(&arena);
	return status;
}

static int run_map(int argc, char **argv)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct text faults = {.arena = &arena};
	(void)argv;
	if (argc != 2)
		return command_usage();
	command_config_path(path);
	struct config *config = config_load(path, &faults);
	for (size_t i = 0; config && i < config->things_n; i++) {
		const char *map = config->things[i].map;
		bool made = false;
		for (size_t j = 0; map && j < i; j++)
			made |= config->things[j].map && strcmp(config->things[j].map, map) == 0;
		long n = map && !made ? map_make(map, &faults) : -1;
		if (n >= 0)
			printf("%s.cdb: %ld entries\n", map, n);
	}
	fputs(text_string(&faults), stderr);
	int status = faults.length > 0;
	config_free(config);
	arena_free(&arena);
	return status;
}

static int run_keys(int argc, char **argv)
{
	(void)argc, (void)argv;
	config_keys_print(stdout);
	return 0;
}

static int run_help(int argc, char **argv)
{
	(void)argc, (void)argv;
	help_print(stdout);
	return 0;
}

static int run_version(int argc, char **argv)
{
	(void)argc, (void)argv;
	puts("seeother " VERSION);
	return 0;
}

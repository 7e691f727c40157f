/* The four questions of "seeother init", one row of a table each. */
#define _GNU_SOURCE /* getopt_long */
#include "command/init_answers.h"

#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"
#include "config/config_path.h"
#include "config/email.h"
#include "config/reader_uri.h"
#include "config/setting_source.h"

enum { LINE_MAX_BYTES = 1000 /* iniparser takes lines of 1,024 */ };
enum option_name { DATA, MAIL, LANGUAGE, BASE, FILE_OPTION, USER, DEFAULTS, FORCE };

/* Returns NULL, or what is wrong with an answer; may replace it. */
typedef const char *checker(const char **answer, struct arena *);

/* --- what an answer may be ------------------------------------------------------------------------------------------ */

static const char *check_data(const char **answer, struct arena *arena)
{
	char path[PATH_MAX];
	if (!**answer)
		return "takes the path of a folder";
	if (path_absolute(*answer, path) < 0)
		return "is too long";
	*answer = arena_copy(arena, path, strlen(path));
	return NULL;
}

static const char *check_mail(const char **answer, struct arena *arena)
{
	(void)arena;
	return !**answer || email_valid(*answer) ? NULL : "takes one e-mail address, such as owner@example.org";
}

static const char *check_shipped(const char **answer, struct arena *arena)
{
	static const char *const shipped[] = {"en", "de", "fr", "es", "ar"};
	(void)arena;
	for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++)
		if (strcmp(*answer, shipped[i]) == 0)
			return NULL;
	return "takes en, de, fr, es or ar";
}

static const char *check_base(const char **answer, struct arena *arena)
{
	struct setting_source source = {.arena = arena, .file = ""};
	return **answer ? reader_uri_base(&source, *answer, answer) : NULL;
}

/* --- the questions --------------------------------------------------------------------------------------------------- */

static const struct question {
	enum option_name option;
	const char *name, *text;
	size_t offset;
	checker *check;
} questions[] = {
	{DATA, "data", "Folder that keeps what visitors send, outside the document root", offsetof(struct init_answers, data), check_data},
	{MAIL, "mail", "E-mail address that gets each message; empty: no mail", offsetof(struct init_answers, mail), check_mail},
	{LANGUAGE, "language", "Language of the pages: en, de, fr, es or ar", offsetof(struct init_answers, language), check_shipped},
	{BASE, "base", "Address of seeother on your site, such as https://example.org/seeother; empty: as each request says",
		offsetof(struct init_answers, base), check_base},
};

enum { QUESTIONS = INIT_ANSWERS };
_Static_assert(sizeof questions / sizeof *questions == QUESTIONS, "a row for each answer");

static const char **answer_of(struct init_answers *answers, const struct question *question)
{
	return (const char **)((char *)answers + question->offset);
}

/* What config.ini can hold in double quotes, on one line. */
static const char *line_fault(const char *answer)
{
	for (const char *c = answer; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '"')
			return "takes no quotes and no control characters";
	return strlen(answer) > LINE_MAX_BYTES - 100 ? "is too long" : NULL;
}

static const char *check_answer(struct init_answers *answers, const struct question *question, struct arena *arena)
{
	const char *wrong = line_fault(*answer_of(answers, question));
	return wrong ? wrong : question->check(answer_of(answers, question), arena);
}

/* Reads a line without its end and the blanks around it, cut if it is too long for any answer; NULL at the end of the input. */
static char *read_answer(struct arena *arena)
{
	char line[LINE_MAX_BYTES];
	if (!fgets(line, sizeof line, stdin))
		return NULL;
	for (int c = strchr(line, '\n') ? '\n' : 0; c != '\n' && c != EOF;)
		c = getchar();
	size_t from = strspn(line, " \t"), n = strlen(line);
	while (n > from && strchr(" \t\r\n", line[n - 1]))
		n--;
	return arena_copy(arena, line + from, n - from);
}

/*
 * Asks until the answer is valid; false if the input ends before. The questions go to standard error, so that the recipe alone is the
 * output.
 */
static bool ask(struct init_answers *answers, const struct question *question, struct arena *arena)
{
	const char *preset = *answer_of(answers, question), *answer, *wrong;
	do {
		fprintf(stderr, "%s [%s]: ", question->text, preset);
		answer = read_answer(arena);
		if (!answer)
			fputc('\n', stderr);
		*answer_of(answers, question) = answer && *answer ? answer : preset;
		wrong = check_answer(answers, question, arena);
		if (wrong)
			fprintf(stderr, "\"%s\": this %s\n", *answer_of(answers, question), wrong);
	} while (wrong && answer);
	return !wrong;
}

/* --- defaults and options ------------------------------------------------------------------------------------------- */

/* Takes the language of the terminal, if it is shipped. */
static const char *preset_language(struct arena *arena)
{
	const char *set = getenv("LC_ALL");
	if (!set || !*set)
		set = getenv("LANG");
	const char *tag = set ? arena_copy(arena, set, strcspn(set, "_.@")) : "en";
	return check_shipped(&tag, arena) ? "en" : tag;
}

static void preset_answers(struct init_answers *answers, struct arena *arena)
{
	char path[PATH_MAX];
	config_path_find(path);
	*answers = (struct init_answers){.mail = "", .base = "", .language = preset_language(arena)};
	answers->file = arena_copy(arena, path, strlen(path));
}

/* Puts the data beside the configuration, or where the system keeps data if it is the system's configuration. */
static void preset_data(struct init_answers *answers, struct arena *arena)
{
	char path[PATH_MAX];
	answers->data = "/var/lib/seeother";
	if (strcmp(answers->file, CONFIG_PATH_SYSTEM) == 0 || path_absolute(answers->file, path) < 0)
		return;
	char *slash = strrchr(path, '/');
	answers->data = text_printed(arena, "%.*s/data", (int)(slash - path), path);
}

static const struct option long_options[] = {
	{"data", required_argument, NULL, DATA},
	{"mail", required_argument, NULL, MAIL},
	{"language", required_argument, NULL, LANGUAGE},
	{"base", required_argument, NULL, BASE},
	{"file", required_argument, NULL, FILE_OPTION},
	{"user", required_argument, NULL, USER},
	{"defaults", no_argument, NULL, DEFAULTS},
	{"force", no_argument, NULL, FORCE},
	{0},
};

static bool take_options(struct init_answers *answers, bool *quiet, int argc, char **argv)
{
	int option;
	optind = 1;
	opterr = 0;
	/* The command's name stands before its arguments, where getopt expects that of the program. */
	while ((option = getopt_long(argc + 1, argv - 1, "", long_options, NULL)) != -1) {
		if (option == '?') {
			fprintf(stderr, "seeother: init does not take the option %s, or something is missing behind it\n",
				(argv - 1)[optind - 1]);
			return false;
		}
		if (option < QUESTIONS) {
			*answer_of(answers, &questions[option]) = optarg;
			answers->given[option] = true;
		} else if (option == FILE_OPTION) {
			answers->file = optarg;
		} else if (option == USER) {
			answers->user = optarg;
		} else {
			*(option == FORCE ? &answers->force : quiet) = true;
		}
	}
	if (optind == argc + 1)
		return true;
	fprintf(stderr, "seeother: init takes options only, not \"%s\"\n", (argv - 1)[optind]);
	return false;
}

bool init_answers_begin(struct init_answers *answers, int argc, char **argv, struct arena *arena)
{
	bool quiet = false;
	preset_answers(answers, arena);
	if (!take_options(answers, &quiet, argc, argv))
		return false;
	if (!answers->data)
		preset_data(answers, arena);
	for (size_t i = 0; i < QUESTIONS; i++) {
		const char *wrong = answers->given[i] || quiet ? check_answer(answers, &questions[i], arena) : NULL;
		if (wrong) {
			fprintf(stderr, "seeother: --%s \"%s\": this %s\n", questions[i].name, *answer_of(answers, &questions[i]), wrong);
			return false;
		}
		answers->given[i] |= quiet;
	}
	return true;
}

bool init_answers_ask(struct init_answers *answers, struct arena *arena)
{
	for (size_t i = 0; i < QUESTIONS; i++)
		if (!answers->given[i] && !ask(answers, &questions[i], arena))
			return false;
	return true;
}

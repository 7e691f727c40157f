/*
 * The table of commands: it finds the command that was typed, checks how many arguments came, and prints the help. Each command is in
 * a file of its own.
 */
#include "command/command.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/unit.h"
#include "command/command_backup.h"
#include "command/command_adopt.h"
#include "command/command_archive.h"
#include "command/command_check.h"
#include "command/command_erase.h"
#include "command/command_export.h"
#include "command/command_form.h"
#include "command/command_ham.h"
#include "command/command_init.h"
#include "command/command_keys.h"
#include "command/command_list.h"
#include "command/command_map.h"
#include "command/command_new_secret.h"
#include "command/command_person.h"
#include "command/command_restore.h"
#include "command/command_retry.h"
#include "command/command_schema.h"
#include "command/command_search.h"
#include "command/command_show.h"
#include "command/command_spam.h"
#include "command/command_stats.h"
#include "command/command_tasks.h"
#include "command/command_test_mail.h"
#include "command/command_verify.h"
#include "command/command_work.h"
#include "config/config_path.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

enum { FAILED = 1, MISUSED = 2, NEAR = 2, ANY = INT_MAX, ARGUMENTS_WIDTH = 34 };

/* Takes the arguments that follow the command's name, of which there are as many as its row allows, and returns the exit status. */
typedef int command(int argc, char **argv);

static command print_help, print_version;

/* What is said of the options that choose outcomes. */
#define CHOICE_HELP \
	"  --from DAY           received on or after YYYY-MM-DD, or so long ago: 12h, 30d\n" \
	"  --to DAY             received on or before YYYY-MM-DD, or so long ago\n" \
	"  --spam, --only-spam  with spam; nothing but spam. Without either, spam is left out\n" \
	"  --unread, --starred  not read yet; starred\n" \
	"  --field NAME=VALUE   the field has exactly this value; may be repeated\n"
#define FILTERS_HELP \
	"  --form NAME          of this form only\n" CHOICE_HELP "  --limit N            at most so many of each form; 50 on a terminal\n" \
	"  --before ID          only outcomes older than this one; needs --form\n" \
	"  --json               JSON lines on a terminal too\n" \
	"Prints a table on a terminal (U unread, * starred, S spam, N note) and JSON lines otherwise."

static const struct command_row {
	const char *name, *arguments;
	int least, most; /* how many arguments it takes */
	command *run;
	const char *summary, *details;
} commands[] = {
	{"init", "[OPTION]...", 0, ANY, command_init, "write a first configuration, and say what the web server needs",
		"Asks four questions, writes a configuration with a contact form, makes and tries the data folder, and prints the settings of the\n"
		"web server that it finds. An empty answer takes the default. As root it makes the folder for the user seeother, or the web server's.\n"
		"  --data FOLDER     folder that keeps what visitors send\n"
		"  --mail ADDRESS    gets each message by mail\n"
		"  --language TAG    of the pages: en, de, fr, es or ar\n"
		"  --base URI        address of seeother on your site\n"
		"  --file FILE       the configuration to write; by default the one in use\n"
		"  --user NAME       the user that answers requests, to whom the data folder is to belong\n"
		"  --defaults        ask nothing\n"
		"  --force           set a configuration aside that is there, as FILE.old\n"
		"Exit status: 0 if all is well, 1 if something is at fault, 2 if an answer is missing or wrong."},
	{"check", "[FILE]", 0, 1, command_check, "report every fault of config.ini",
		"Reads FILE, or the config.ini in use, and prints each fault with its line, its section and its key.\n"
		"It makes, flushes, locks, links and removes a file in the data folder, and looks at free space, the secret, owners and programs.\n"
		"Run it as the user that the web server runs seeother as. Lines with \"warning\" are no faults.\n"
		"Exit status: 0 if there is no fault, 1 if there is one."},
	{"form", "NAME", 1, 1, command_form, "print a form as HTML, to paste into a page of your site",
		"The form posts to the URI that base names, or to /cgi-bin/seeother if base is not set."},
	{"list", "[OPTION]...", 0, ANY, command_list, "print outcomes, the newest first", FILTERS_HELP},
	{"search", "[OPTION]... WORD...", 1, ANY, command_search, "print the outcomes that contain every one of the words",
		"Values, names of files and notes are looked through; upper and lower case are the same.\n" FILTERS_HELP},
	{"show", "[--json] ID...", 1, ANY, command_show, "print outcomes in full",
		"ID is the last part of an outcome's address. Prints lines of text on a terminal, JSON lines otherwise or with --json."},
	{"erase", "ID...", 1, ANY, command_erase, "erase outcomes with their files, marks and results",
		"What they held is overwritten; their addresses answer 410 from then on. It can't be undone."},
	{"spam", "ID...", 1, ANY, command_spam, "mark outcomes as spam", "Lists and counts leave them out from then on."},
	{"ham", "ID...", 1, ANY, command_ham, "mark outcomes as not spam",
		"The tasks of an outcome that was taken for spam when it was posted run then, once."},
	{"person", "ADDRESS [--erase]", 1, ANY, command_person, "print, or erase, what an e-mail address sent",
		"Prints, as JSON lines, every outcome of every form in which a value is ADDRESS (GDPR Article 15).\n"
		"With --erase they are erased instead, completely and for good (GDPR Article 17)."},
	{"stats", "[--form NAME] [--prometheus]", 0, ANY, command_stats, "print numbers of each form and of the disk, for monitoring",
		"Prints one JSON object: outcomes kept, suspicious, spam, unread, of today and of 30 days; refused posts; bytes on the disk;\n"
		"jobs by state and the age of the oldest; free space.\n"
		"  --form NAME   this form only\n"
		"  --prometheus  the text format of Prometheus, for the textfile collector of node_exporter"},
	{"verify", "[--json] [FOLDER]", 0, 2, command_verify, "read all that is kept and say what is damaged",
		"Reads every log, upload, table of keys, job, cursor and mark of the data folder, or of a backup in FOLDER, and changes nothing.\n"
		"Prints a line for each damage and for each thing to note: the file, the offset, what is wrong and what can be done.\n"
		"Exit status: 0 if nothing is damaged, 1 if something is."},
	{"backup", "FOLDER", 1, 1, command_backup, "copy everything that is kept while posts go on",
		"FOLDER must be empty, or is made. The copy has every outcome that was acknowledged before it began, and is durable at the end.\n"
		"What is derived, such as tables of keys, is left out."},
	{"restore", "FOLDER [--force]", 1, 2, command_restore, "check a backup and put it into an empty data folder",
		"A damaged backup is refused, and what is damaged is printed; with --force it is restored all the same.\n"
		"Run it as the user that the web server runs seeother as, or as root: then everything gets the owner of the data folder."},
	{"work", "[once]", 0, 1, command_work, "run tasks, and erase what is older than keep",
		"Runs as a service until it is told to stop. With \"once\" it ends when nothing is left to do.\n"
		"Start it as the user that the web server runs seeother as."},
	{"adopt", "NODE", 1, 1, command_adopt, "do the work of another node, whose host is gone",
		"Runs the tasks of its outcomes, and erases what is older than keep, until nothing is left to do. \"seeother work\" on any host does\n"
		"so by itself, once a minute, for each node that has no worker. If that host comes back, a task may run twice."},
	{"tasks", "", 0, 0, command_tasks, "list the jobs that are not done",
		"Prints for each task of each form how much of the log is still to do, and every job that waits, failed or was cancelled."},
	{"retry", "[ID]", 0, 1, command_retry, "try failed jobs again",
		"ID is the id of an outcome; without it, all failed jobs are tried again.\n"
		"Exit status: 1 if no job of ID was given up."},
	{"test-mail", "TASK [--print]", 1, 2, command_test_mail, "send a mail of made-up values, as a task would send it",
		"Runs the mail program at once, and prints what it says. A receipt goes to the address in \"from\".\n"
		"  --print  print the message instead of sending it"},
	{"export", "NAME [OPTION]...", 1, ANY, command_export, "print the outcomes of a form as CSV",
		"Prints the id, the time, a column for each field, everything else as JSON, and why an outcome is taken for spam; oldest first.\n" CHOICE_HELP
		"  --labels             headings are the labels of fields, not their names\n"
		"  --excel              for spreadsheets: a byte order mark, and times without T and Z\n"
		"  --json               JSON lines instead, as list prints them"},
	{"map", "", 0, 0, command_map, "build the databases of all maps",
		"Builds FILE.cdb from each FILE that a thing names as its map. The old database stays in use until the new one is complete."},
	{"archive", "NAME DAY", 2, 2, command_archive, "set a day's log aside, to compress or move it away",
		"Moves the log of a form and a day, such as 2026-11-28, to DATA/NAME/archive, where you may do with it what you like.\n"
		"Its addresses then answer 410. Put it back at its old place, as it was, and they lead to its outcomes again.\n"
		"A day is not archived while its keys are remembered, or while a task has work for it."},
	{"new-secret", "", 0, 0, command_new_secret, "make a new secret, if that of the data folder is lost",
		"Without its secret, a data folder that has logs takes no posts. Put the secret back from a backup if you can: with a new one,\n"
		"the addresses of all that was kept before lead nowhere, and a retry of an old post makes a second outcome."},
	{"keys", "", 0, 0, command_keys, "list the keys of config.ini with their defaults", "The manual seeother.ini(5) explains them."},
	{"schema", "", 0, 0, command_schema, "print a JSON Schema of config.ini, for editors",
		"Sections are objects of keys in small letters, whose values are strings; \"seeother check\" finds more than a schema can."},
	{"help", "[COMMAND]", 0, 1, print_help, "explain seeother, or one command", "Without COMMAND it lists all commands."},
	{"version", "", 0, 0, print_version, "print the version", "The same as --version."},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command_row *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static const char *nearest_command(const char *word)
{
	const char *nearest = NULL;
	size_t least = NEAR + 1;
	for (size_t i = 0; i < COMMANDS; i++) {
		size_t distance = unit_distance(commands[i].name, word);
		if (distance < least) {
			least = distance;
			nearest = commands[i].name;
		}
	}
	return nearest;
}

static int refuse_command(const char *name)
{
	const char *nearest = nearest_command(name);
	if (nearest)
		fprintf(stderr, "seeother: \"%s\" is not a command; did you mean \"%s\"?\n", name, nearest);
	else
		fprintf(stderr, "seeother: \"%s\" is not a command; \"seeother help\" lists them\n", name);
	return MISUSED;
}

static void print_commands(FILE *out)
{
	char path[PATH_MAX];
	config_path_find(path);
	fputs("seeother keeps what forms send to it and answers with 303 See Other.\n\n"
	      "A web server runs it as CGI or as FastCGI. A person or cron calls it with a command:\n\n",
		out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %s %-*s  %s\n", commands[i].name, (int)(ARGUMENTS_WIDTH - strlen(commands[i].name)), commands[i].arguments,
			commands[i].summary);
	fprintf(out,
		"\nThe configuration is %s%s.\nIt is looked for in $SEEOTHER_CONFIG, then as config.ini beside the program, then as %s.\n",
		path, access(path, F_OK) == 0 ? "" : ", which does not exist", CONFIG_PATH_SYSTEM);
}

static void print_details(const struct command_row *row, FILE *out)
{
	fprintf(out, "usage: seeother %s%s%s\n\n%s: %s.\n%s\n", row->name, *row->arguments ? " " : "", row->arguments, row->name,
		row->summary, row->details);
}

static int print_help(int argc, char **argv)
{
	const struct command_row *row = argc ? find_command(argv[0]) : NULL;
	if (argc && !row)
		return refuse_command(argv[0]);
	if (row)
		print_details(row, stdout);
	else
		print_commands(stdout);
	return 0;
}

static int print_version(int argc, char **argv)
{
	(void)argc, (void)argv;
	puts("seeother " VERSION);
	return 0;
}

int command_usage(void)
{
	print_commands(stderr);
	return MISUSED;
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Runs one command with the arguments that follow its name. */
static int run_row(const struct command_row *row, int argc, char **argv)
{
	if (argc && asks_for_help(argv[0])) {
		print_details(row, stdout);
		return 0;
	}
	if (argc >= row->least && argc <= row->most)
		return row->run(argc, argv);
	fprintf(stderr, "usage: seeother %s%s%s\n", row->name, *row->arguments ? " " : "", row->arguments);
	return MISUSED;
}

/* Finds the command that a word stands for; the usual options stand for a command each. */
static const struct command_row *command_of(const char *word)
{
	if (asks_for_help(word))
		return find_command("help");
	return find_command(strcmp(word, "--version") == 0 ? "version" : word);
}

int command_run(int argc, char **argv)
{
	const struct command_row *row = command_of(argv[1]);
	int status = row ? run_row(row, argc - 2, argv + 2) : refuse_command(argv[1]);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "seeother: standard output: %s\n", strerror(errno));
	return FAILED;
}

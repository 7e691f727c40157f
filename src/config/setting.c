/*
 * One table says for each key how it is read, where it goes, what it is without being set, and what it means; loading,
 * "seeother keys" and a test of the manual all go by it.
 */
#include "config/setting.h"

#include <string.h>

#include "base/text.h"
#include "base/unit.h"
#include "config/reader.h"
#include "config/reader_list.h"
#include "config/reader_uri.h"

enum { NEAR = 2 };

struct key {
	const char *name;
	reader *read;
	size_t offset;
	const char *preset; /* NULL: not set; also where a form takes the general limit */
	const char *meaning;
};

static const struct key general_keys[] = {
	{"data", reader_data, offsetof(struct config, data), "data",
		"folder that keeps the outcomes, relative to this file and outside the document root"},
	{"forms", reader_path, offsetof(struct config, folder), NULL,
		"folder of files FORM.ini, each with the sections of one form; each is read when its form is asked for"},
	{"base", reader_uri_base, offsetof(struct config, base), NULL, "absolute URI of the program; default: taken from the request"},
	{"durable", reader_yes_no, offsetof(struct config, durable), "yes", "wait with the 303 until the outcome is on the disk"},
	{"mode", reader_mode, offsetof(struct config, group), "private",
		"who may read what is kept: private (files 0600, folders 0700), or group (0640, 0750)"},
	{"reserve", reader_size, offsetof(struct config, reserve), "1M",
		"free space to leave on the disk; with less, posts are answered 503"},
	{"charset", reader_charset, offsetof(struct config, charset), "utf-8",
		"charset of posts that don't name theirs, such as windows-1252 or shift_jis"},
	{"node", reader_node, offsetof(struct config, node), "", "name of this host, if several share one data folder"},
	{"local", reader_path, offsetof(struct config, local), NULL,
		"folder of this host alone, for what its processes share in memory; default: the data folder"},
	{"hosts", reader_count, offsetof(struct config, hosts), "1", "how many hosts share the data folder, and with it each rate"},
	{"sendfile", reader_uri_sendfile, offsetof(struct config, sendfile), NULL,
		"how the web server sends uploads: yes (X-Sendfile), or a path that is internal to it (X-Accel-Redirect)"},
	{"proxies", reader_list_proxies, offsetof(struct config, proxies), NULL,
		"addresses of proxies, also as ranges, whose X-Forwarded-For, -Proto, -Host or Forwarded are believed"},
	{"access_log", reader_path, offsetof(struct config, access_log), NULL,
		"file that gets a line of JSON for each request, without anything about the visitor"},
	{"header_time", reader_duration, offsetof(struct config, header_time), "10s",
		"time within which the header of a FastCGI request must come; 0: no limit"},
	{"body_rate", reader_size, offsetof(struct config, body_rate), "1K",
		"bytes a second that a body must bring, or a long answer be taken; a slower post is answered 408"},
	{"body_time", reader_duration, offsetof(struct config, body_time), "20s",
		"stretch of time over which body_rate is measured; 0: no limit"},
	{"owners", reader_text, offsetof(struct config, owners), NULL, "users, authenticated by the web server, who own every form"},
	{"index", reader_yes_no, offsetof(struct config, index), "no", "list the forms at the program's own URI"},
	{"sandbox", reader_yes_no, offsetof(struct config, sandbox), "yes",
		"lock each process that reads requests into the data folder, without programs and connections"},
	{"language", reader_list_languages, offsetof(struct config, languages), "en",
		"languages of the pages; Accept-Language chooses one, the first is the default"},
	{"catalogues", reader_path, offsetof(struct config, catalogues), NULL,
		"folder of message catalogues; default: languages beside this file, or as installed"},
	{"css", reader_path, offsetof(struct config, css), NULL, "file of style sheet rules, added to those of the pages"},
	{"header", reader_path, offsetof(struct config, header), NULL, "file of HTML at the top of each page"},
	{"footer", reader_path, offsetof(struct config, footer), NULL, "file of HTML at the bottom of each page"},
	{"sendmail", reader_path, offsetof(struct config, sendmail), "/usr/sbin/sendmail", "program that takes mail as sendmail does"},
	{"curl", reader_path, offsetof(struct config, curl), "/usr/bin/curl", "program that sends webhooks, which is curl"},
	{"from", reader_mailbox, offsetof(struct config, from), NULL, "sender address of all mail, also as Name <ADDRESS>"},
	{"receipts_mailbox", reader_rate, offsetof(struct config, receipts_mailbox), "5/day", "receipts that one mailbox may get"},
	{"receipts_domain", reader_rate, offsetof(struct config, receipts_domain), "100/day",
		"receipts that the mailboxes of one domain may get"},
	{"receipts", reader_rate, offsetof(struct config, receipts), "1000/day", "receipts in all"},
	{"alarm", reader_text, offsetof(struct config, alarm), NULL, "task that is run when another task fails, at most once a day"},
	{"alarm_after", reader_duration, offsetof(struct config, alarm_after), "1h",
		"how long a task must fail before the alarm; a job that is given up gives one at once"},
	{"parallel", reader_count, offsetof(struct config, parallel), "2", "number of tasks that run at the same time, 1 to 1000"},
	{"max_body", reader_size, offsetof(struct config, limits.body), "1M", "bytes of a whole post, its files aside"},
	{"max_fields", reader_count, offsetof(struct config, limits.fields), "100", "fields of a post"},
	{"max_name", reader_size, offsetof(struct config, limits.name), "200", "bytes of a field's name"},
	{"max_value", reader_size, offsetof(struct config, limits.value), "64K", "bytes of a field's value"},
	{"max_files", reader_count, offsetof(struct config, limits.files), "10", "files of a post"},
	{"max_file", reader_size, offsetof(struct config, limits.file), "8M", "bytes of a file"},
};

static const struct key form_keys[] = {
	{"title", reader_text, offsetof(struct form, title), NULL, "heading of the form's pages; default: its name"},
	{"button", reader_text, offsetof(struct form, button), NULL, "text on the button; default: Send, in the visitor's language"},
	{"intro", reader_text, offsetof(struct form, intro), NULL, "a sentence above the fields"},
	{"thanks", reader_text, offsetof(struct form, thanks), NULL,
		"a sentence on the page of an outcome about what happens next, with {field}s and {id} filled in"},
	{"page", reader_uri_page, offsetof(struct form, page), NULL,
		"URL or path of your own page with the form, to which GET is redirected"},
	{"next", reader_uri_next, offsetof(struct form, next), NULL,
		"URL or path for visitors after a post, with {id}, {form} and {outcome}; default: the page of the outcome"},
	{"next_allow", reader_uri_targets, offsetof(struct form, next_allow), NULL,
		"URLs and paths to which a field named _next may send visitors, with everything below them"},
	{"error", reader_uri_page, offsetof(struct form, error), NULL,
		"URL or path for visitors whose post is invalid, called with faults=NAME,NAME; default: the form is drawn again"},
	{"index", reader_yes_no, offsetof(struct form, index), NULL, "as in [seeother], for this form"},
	{"language", reader_list_languages, offsetof(struct form, languages), NULL, "as in [seeother], for this form"},
	{"charset", reader_charset, offsetof(struct form, charset), NULL, "as in [seeother], for this form"},
	{"files", reader_yes_no, offsetof(struct form, files), "no",
		"whether a form without fields takes files; one with fields takes those that it has fields for"},
	{"quota", reader_size, offsetof(struct form, quota), "0",
		"bytes that the form's folder may hold; with more, posts are answered 503; 0: no bound"},
	{"idempotency", reader_idempotency, offsetof(struct form, key_required), "optional",
		"required refuses posts without an Idempotency-Key or the token of a drawn form"},
	{"remember", reader_duration, offsetof(struct form, remember), "24h", "how long a repeated key or token means the same post"},
	{"same", reader_duration, offsetof(struct form, same), "0",
		"how long an equal post from the same client means the same, without key or token; 0: never"},
	{"withdraw", reader_withdraw, offsetof(struct form, withdraw), "never",
		"how long visitors may withdraw an outcome, which erases it; owners always may"},
	{"keep", reader_keep, offsetof(struct form, keep), "forever", "how long an outcome is kept before it is erased"},
	{"origins", reader_uri_origins, offsetof(struct form, origins), NULL,
		"origins of pages whose forms and scripts may post, besides the program's own; *: any; without it: any, but no scripts"},
	{"embed", reader_uri_origins, offsetof(struct form, embed), NULL,
		"origins of pages that may show the form and its outcomes in a frame, besides the program's own; *: any"},
	{"rate", reader_rate, offsetof(struct form, rate), NULL,
		"posts that one client may make, such as 10/minute; more are answered 429"},
	{"fastest", reader_duration, offsetof(struct form, fastest), "0",
		"shortest time to fill in a drawn form; faster posts are kept as suspicious; 0: off"},
	{"blocked", reader_text, offsetof(struct form, blocked), NULL,
		"words and phrases, separated by commas, that make a post suspicious"},
	{"after", reader_list_names, offsetof(struct form, after), NULL, "tasks to run after each post, separated by commas"},
	{"result", reader_text, offsetof(struct form, result), NULL, "task whose output the visitor waits for, on a status page"},
	{"owners", reader_text, offsetof(struct form, owners), NULL,
		"users, authenticated by the web server, who see everything and may erase it"},
	{"columns", reader_list_columns, offsetof(struct form, columns), NULL,
		"fields that the list at the owner's desk shows; default: the first three"},
	{"show", reader_show, offsetof(struct form, show), "all", "what an outcome's page shows: all, none or field names"},
	{"show_files", reader_yes_no, offsetof(struct form, show_files), "no",
		"whether whoever knows an outcome's address may fetch its uploads; owners always may"},
	{"max_body", reader_size, offsetof(struct form, limits.body), NULL, "as in [seeother], for this form"},
	{"max_fields", reader_count, offsetof(struct form, limits.fields), NULL, "as in [seeother], for this form"},
	{"max_name", reader_size, offsetof(struct form, limits.name), NULL, "as in [seeother], for this form"},
	{"max_value", reader_size, offsetof(struct form, limits.value), NULL, "as in [seeother], for this form"},
	{"max_files", reader_count, offsetof(struct form, limits.files), NULL, "as in [seeother], for this form"},
	{"max_file", reader_size, offsetof(struct form, limits.file), NULL, "as in [seeother], for this form"},
};

static const struct key thing_keys[] = {
	{"path", reader_uri_route, offsetof(struct thing, path), NULL, "path of the things, such as /id/{name}"},
	{"map", reader_path, offsetof(struct thing, map), NULL,
		"file with a line a name, NAME TAB TARGET or NAME TAB TARGET TAB TYPE, of which \"seeother map\" makes a database"},
	{"default", reader_type, offsetof(struct thing, preset), NULL,
		"media type to choose if several are equally acceptable; default: the first"},
	{"strict", reader_yes_no, offsetof(struct thing, strict), "yes",
		"answer 406 to clients that accept none of the types, instead of the default one"},
	{"query", reader_query, offsetof(struct thing, query), "drop", "keep the query of the request, or drop it"},
	{"cache", reader_duration, offsetof(struct thing, cache), "0", "how long caches may keep the answer"},
};

static const struct key forward_keys[] = {
	{"path", reader_uri_route, offsetof(struct forward, path), NULL, "path to forward, such as /v1/{rest...}"},
	{"to", reader_uri_target, offsetof(struct forward, to), NULL, "URL or path to lead to, with the holes of the path"},
	{"status", reader_status, offsetof(struct forward, status), "303",
		"status of the answer: 303, 307 or 308 (which keep the method), 302 or 301"},
	{"query", reader_query, offsetof(struct forward, query), "keep", "keep or drop the query"},
	{"cache", reader_duration, offsetof(struct forward, cache), "0", "how long caches may keep the answer"},
};

static const struct key task_keys[] = {
	{"command", reader_list_command, offsetof(struct task, command), NULL,
		"program with arguments, run without a shell: it reads the record and prints the result"},
	{"mail", reader_list_mailboxes, offsetof(struct task, mail), NULL,
		"addresses that get the outcome by mail, separated by commas, also as Name <ADDRESS>"},
	{"cc", reader_list_mailboxes, offsetof(struct task, cc), NULL, "addresses that get a copy of the mail"},
	{"bcc", reader_list_mailboxes, offsetof(struct task, bcc), NULL,
		"addresses that get a copy without the other recipients seeing it"},
	{"reply", reader_text, offsetof(struct task, reply), NULL, "field with the visitor's address, to which a receipt is mailed"},
	{"webhook", reader_uri_webhook, offsetof(struct task, webhook), NULL, "URL to which the outcome is posted"},
	{"style", reader_style, offsetof(struct task, style), "json",
		"what a webhook sends: json (the record), or a message for slack, discord, matrix, ntfy, telegram, mattermost or teams"},
	{"secret_file", reader_path, offsetof(struct task, secret_file), NULL,
		"file with the keys (whsec_…) that sign a webhook, or a token that it sends"},
	{"quote", reader_yes_no, offsetof(struct task, quote), "no", "whether a receipt has what the visitor typed"},
	{"from_name", reader_text, offsetof(struct task, from_name), NULL,
		"name beside the sender address, with {field}s filled in; default: that of from"},
	{"subject", reader_text, offsetof(struct task, subject), NULL, "subject of the mail, with {field}s filled in"},
	{"text", reader_text, offsetof(struct task, text), NULL, "first paragraph of the mail or chat message, with {field}s filled in"},
	{"text_file", reader_path, offsetof(struct task, text_file), NULL,
		"file whose text, with {field}s filled in, is the text of the mail"},
	{"html_file", reader_path, offsetof(struct task, html_file), NULL,
		"file whose HTML, with {field}s filled in, is the HTML of the mail"},
	{"digest", reader_duration, offsetof(struct task, digest), "0",
		"period, such as 1d, of which all outcomes are in one mail; 0: a mail for each"},
	{"suspicious", reader_suspicious, offsetof(struct task, suspicious), "no",
		"whether a digest is about suspicious outcomes (only) or about the others (no)"},
	{"html", reader_yes_no, offsetof(struct task, html), "yes", "add a part in HTML to the mail"},
	{"input", reader_text, offsetof(struct task, input), NULL, "file field that the command reads instead of the record"},
	{"type", reader_type, offsetof(struct task, type), "application/octet-stream", "media type of what the command prints"},
	{"timeout", reader_duration, offsetof(struct task, timeout), "60s", "how long a run may take"},
	{"retries", reader_count, offsetof(struct task, retries), "8", "number of further tries after a failure"},
	{"pause", reader_duration, offsetof(struct task, pause), "30s",
		"pause before the second try; each later pause is three times as long"},
	{"output", reader_size, offsetof(struct task, output), "64M", "bytes that a command may print, or write to one file"},
	{"memory", reader_size, offsetof(struct task, memory), "1G", "bytes of memory that a command may use"},
	{"attach", reader_size, offsetof(struct task, attach), "10M", "bytes of uploads to attach to a mail"},
};

/* In the order of enum setting_kind. */
static const struct {
	const char *section;
	const struct key *keys;
	size_t n;
} kinds[] = {
	[SETTING_GENERAL] = {"seeother", general_keys, sizeof general_keys / sizeof *general_keys},
	[SETTING_FORM] = {"form NAME", form_keys, sizeof form_keys / sizeof *form_keys},
	[SETTING_THING] = {"thing NAME", thing_keys, sizeof thing_keys / sizeof *thing_keys},
	[SETTING_TASK] = {"task NAME", task_keys, sizeof task_keys / sizeof *task_keys},
	[SETTING_FORWARD] = {"forward NAME", forward_keys, sizeof forward_keys / sizeof *forward_keys},
};

/* Sections whose keys are fields of a form; load_fields.c reads them. */
static const struct {
	const char *section, *meaning;
} field_sections[] = {
	{"fields NAME", "field = type rule …, in the order of the page; a form without this section takes anything"},
	{"labels NAME", "field = text beside it; default: the field's name"},
	{"help NAME", "field = hint under its label"},
	{"options NAME", "field = choices, separated by commas, which may contain spaces"},
	{"patterns NAME", "field = regular expression that the whole value must match"},
};

enum { KINDS = sizeof kinds / sizeof *kinds, FIELD_SECTIONS = sizeof field_sections / sizeof *field_sections };

bool setting_key(enum setting_kind kind, size_t i, struct setting_key *found)
{
	if (i >= kinds[kind].n)
		return false;
	const struct key *key = &kinds[kind].keys[i];
	*found = (struct setting_key){key->name, key->read, key->preset, key->meaning};
	return true;
}

const char *setting_section(size_t i)
{
	if (i < KINDS)
		return kinds[i].section;
	return i < KINDS + FIELD_SECTIONS ? field_sections[i - KINDS].section : NULL;
}

const char *setting_section_meaning(size_t i)
{
	return i >= KINDS && i < KINDS + FIELD_SECTIONS ? field_sections[i - KINDS].meaning : NULL;
}

static const char *nearest_key(enum setting_kind kind, const char *word)
{
	const char *nearest = NULL;
	size_t least = NEAR + 1;
	for (size_t i = 0; i < kinds[kind].n; i++) {
		size_t distance = unit_distance(kinds[kind].keys[i].name, word);
		if (distance < least) {
			least = distance;
			nearest = kinds[kind].keys[i].name;
		}
	}
	return nearest;
}

const char *setting_read(const struct setting_source *source, enum setting_kind kind, const char *name, const char *text, void *into)
{
	for (size_t i = 0; i < kinds[kind].n; i++) {
		const struct key *key = &kinds[kind].keys[i];
		if (strcmp(key->name, name) != 0)
			continue;
		const char *wrong = key->read(source, text, (char *)into + key->offset);
		return wrong ? text_printed(source->arena, "%s, not \"%s\"", wrong, text) : NULL;
	}
	const char *nearest = nearest_key(kind, name);
	if (!nearest)
		return "there is no such key";
	return text_printed(source->arena, "there is no such key; did you mean \"%s\"?", nearest);
}

void setting_defaults(const struct setting_source *source, enum setting_kind kind, void *into)
{
	for (size_t i = 0; i < kinds[kind].n; i++) {
		const struct key *key = &kinds[kind].keys[i];
		if (key->preset)
			key->read(source, key->preset, (char *)into + key->offset);
	}
}

void setting_print(FILE *out)
{
	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
		fprintf(out, "[%s]\n", kinds[kind].section);
		for (size_t i = 0; i < kinds[kind].n; i++) {
			const struct key *key = &kinds[kind].keys[i];
			bool set = key->preset && *key->preset;
			fprintf(out, "  %-11s %-6s %s\n", key->name, set ? key->preset : "-", key->meaning);
		}
	}
	for (size_t i = 0; i < sizeof field_sections / sizeof *field_sections; i++)
		fprintf(out, "[%s]\n  %s\n", field_sections[i].section, field_sections[i].meaning);
}

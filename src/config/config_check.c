/* What takes longer to find out about a configuration than loading it. */
#include "config/config_check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/span.h"
#include "base/text.h"
#include "config/catalogue.h"
#include "config/form_file.h"
#include "config/hook_secret.h"
#include "config/ini_check.h"
#include "config/loader.h"
#include "config/mail_hole.h"
#include "config/pattern.h"

static void check_patterns(const struct loader *loader, const struct form *form)
{
	char message[PATTERN_MESSAGE];
	const char *section = text_printed(loader->faults->arena, "patterns %s", form->name);
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		if (field->pattern && !pattern_valid(field->pattern, message))
			loader_fault(loader, section, field->key, "%s", message);
	}
}

/* --- messages and files -------------------------------------------------------------------------------------------- */

static void check_language(const struct loader *loader, const char *tag)
{
	struct arena *arena = loader->faults->arena;
	const char *path = catalogue_path(loader->config, tag, arena);
	const struct catalogue *catalogue = path ? catalogue_load(path, tag, arena, loader->faults) : NULL;
	if (catalogue)
		catalogue_missing(catalogue, path, loader->faults);
}

static bool has_word(const struct words *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->words[i], word) == 0)
			return true;
	return false;
}

/* Checks each language once, though several forms may have it. */
static void check_languages(const struct loader *loader)
{
	const struct config *config = loader->config;
	for (size_t i = 0; i < config->languages.n; i++)
		check_language(loader, config->languages.words[i]);
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t j = 0; j < config->forms[i].languages.n; j++) {
			const char *tag = config->forms[i].languages.words[j];
			bool checked = has_word(&config->languages, tag);
			for (size_t k = 0; k < i && !checked; k++)
				checked |= has_word(&config->forms[k].languages, tag);
			if (!checked)
				check_language(loader, tag);
		}
}

static void check_page_files(const struct loader *loader)
{
	const struct config *config = loader->config;
	const struct {
		const char *key, *path;
	} files[] = {{"css", config->css}, {"header", config->header}, {"footer", config->footer}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct span content;
		if (files[i].path && file_read(files[i].path, SITE_FILE_MAX, loader->faults->arena, &content) < 0)
			loader_fault(loader, "seeother", files[i].key, "%s: %s", files[i].path, strerror(errno));
		else if (files[i].path && files[i].path == config->css && !config_rules_sound(content))
			loader_fault(loader, "seeother", files[i].key, "%s: has \"</\", so pages go without it", files[i].path);
	}
}

/* Checks that the access log can be appended to, or made, and lies where nothing else is expected. */
static void check_access_log(const struct loader *loader)
{
	const char *path = loader->config->access_log, *slash = path ? strrchr(path, '/') : NULL;
	struct arena *arena = loader->faults->arena;
	if (path && path_is_inside(path, loader->config->data))
		loader_fault(loader, "seeother", "access_log", "%s is inside the data folder; choose a file outside", path);
	if (!path || access(path, W_OK) == 0)
		return;
	const char *folder = slash ? text_printed(arena, "%.*s", (int)(slash - path) + 1, path) : ".";
	if (errno != ENOENT || access(folder, W_OK | X_OK) < 0)
		loader_fault(loader, "seeother", "access_log", "%s can't be written to: %s", path, strerror(errno));
}

static void check_map(const struct loader *loader, const struct thing *thing)
{
	struct arena *arena = loader->faults->arena;
	const char *base = thing->map ? text_printed(arena, "%s.cdb", thing->map) : NULL;
	if (base && access(base, R_OK) < 0)
		loader_fault(loader, text_printed(arena, "thing %s", thing->name), "map", "%s: %s; \"seeother map\" makes it", base,
			strerror(errno));
}

/* --- tasks --------------------------------------------------------------------------------------------------------- */

static void check_program(const struct loader *loader, const char *section, const char *key, const char *program)
{
	struct stat status;
	int failed = stat(program, &status);
	if (!failed && !S_ISREG(status.st_mode)) {
		failed = -1;
		errno = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
	}
	if (failed || access(program, X_OK) < 0)
		loader_fault(loader, section, key, "%s can't be run: %s", program, strerror(errno));
}

/* Checks that each {hole} in a text of the task names a field of the form. */
static void check_holes(const struct loader *loader, const struct form *form, const struct task *task, const char *key, const char *text)
{
	const char *section = text_printed(loader->faults->arena, "task %s", task->name);
	for (const char *c = text; c && (c = strchr(c, '{')); c++) {
		size_t n = strcspn(c + 1, "}");
		if (!c[n + 1])
			loader_fault(loader, section, key, "a brace is not closed: \"%s\"", c);
		else if (!form_field(form, (struct span){c + 1, n}) && mail_hole_find((struct span){c + 1, n}) == MAIL_HOLES)
			loader_fault(loader, section, key, "{%.*s} is not a field of the form \"%s\"", (int)n, c + 1, form->name);
	}
}

/* Checks the holes of the text that an outcome's page has; a form that takes anything may have any. */
static void check_thanks(const struct loader *loader, const struct form *form)
{
	const char *section = text_printed(loader->faults->arena, "form %s", form->name);
	for (const char *c = form->thanks; c && (c = strchr(c, '{')); c++) {
		struct span name = {c + 1, strcspn(c + 1, "}")};
		if (!name.bytes[name.length])
			loader_fault(loader, section, "thanks", "a brace is not closed: \"%s\"", c);
		else if (form->fields_n && !form_field(form, name) && !span_is(name, "id"))
			loader_fault(loader, section, "thanks", "{%.*s} is not a field of this form", (int)name.length, name.bytes);
	}
}

static void check_secrets(const struct loader *loader, const char *section, const struct task *task)
{
	struct hook_secrets secrets;
	const char *wrong = task->secret_file ? hook_secret_read(task->secret_file, &secrets, loader->faults->arena) : NULL;
	if (wrong)
		loader_fault(loader, section, "secret_file", "%s", wrong);
}

/* Reads a template and checks its holes; it is not checked for a form that takes anything. */
static void check_template(const struct loader *loader, const struct form *form, const struct task *task, const char *key, const char *path)
{
	struct arena *arena = loader->faults->arena;
	const char *section = text_printed(arena, "task %s", task->name);
	struct span content, name;
	if (path && file_read(path, SITE_FILE_MAX, arena, &content) < 0) {
		loader_fault(loader, section, key, "%s: %s", path, strerror(errno));
		return;
	}
	for (const char *c = path && form->fields_n ? content.bytes : NULL; c && (c = strchr(c, '{')); c++)
		if ((name = mail_hole_name(c)).length && !form_field(form, name) && mail_hole_find(name) == MAIL_HOLES)
			loader_fault(loader, section, key, "%s: {%.*s} is not a field of the form \"%s\"", path, (int)name.length,
				name.bytes, form->name);
}

static void check_programs_of(const struct loader *loader, const struct task *task)
{
	const struct config *config = loader->config;
	const char *section = text_printed(loader->faults->arena, "task %s", task->name);
	if (task->kind == TASK_COMMAND)
		check_program(loader, section, "command", task->command.words[0]);
	check_secrets(loader, section, task);
	for (size_t i = 0; i < config->forms_n; i++) {
		const struct form *form = &config->forms[i];
		if (!has_word(&form->after, task->name))
			continue;
		check_template(loader, form, task, "text_file", task->text_file);
		check_template(loader, form, task, "html_file", task->html_file);
		if (!form->fields_n)
			continue;
		check_holes(loader, form, task, "subject", task->subject);
		check_holes(loader, form, task, "text", task->text);
	}
}

static void check_tasks(const struct loader *loader)
{
	const struct config *config = loader->config;
	bool mails = false, hooks = false;
	for (size_t i = 0; i < config->tasks_n; i++) {
		check_programs_of(loader, &config->tasks[i]);
		mails |= config->tasks[i].kind == TASK_MAIL || config->tasks[i].kind == TASK_REPLY;
		hooks |= config->tasks[i].kind == TASK_WEBHOOK;
	}
	if (mails)
		check_program(loader, "seeother", "sendmail", config->sendmail);
	if (hooks)
		check_program(loader, "seeother", "curl", config->curl);
}

/* --- what is unwise ------------------------------------------------------------------------------------------------ */

static bool takes_files(const struct form *form)
{
	for (size_t i = 0; i < form->fields_n; i++)
		if (form->fields[i].type == FIELD_FILE)
			return true;
	return !form->fields_n && form->files;
}

static bool sends_receipts(const struct config *config, const struct form *form)
{
	for (size_t i = 0; i < form->after.n; i++) {
		const struct task *task = config_task(config, form->after.words[i]);
		if (task && task->kind == TASK_REPLY)
			return true;
	}
	return false;
}

static void warn_of_form(const struct loader *warner, const struct form *form)
{
	const char *section = text_printed(warner->faults->arena, "form %s", form->name);
	if (!form->rate.count && takes_files(form))
		loader_fault(warner, section, NULL,
			"warning: takes files without a rate, so anybody can fill the disk; set rate, such as rate = 10/minute");
	if (form->fastest && form->page)
		loader_fault(warner, section, "fastest",
			"warning: has no effect with page: the form on that page has no token that says when it was drawn");
	if (!form->rate.count && sends_receipts(warner->config, form))
		loader_fault(warner, section, NULL,
			"warning: sends receipts without a rate, so anybody can have it write to strangers; set rate, such as rate = 10/minute");
}

static void warn_of_task(const struct loader *warner, const struct task *task)
{
	const char *section = text_printed(warner->faults->arena, "task %s", task->name);
	const char *host = task->webhook && strncmp(task->webhook, "http://", 7) == 0 ? task->webhook + 7 : NULL;
	if (host && strncmp(host, "127.", 4) != 0 && strncmp(host, "localhost", 9) != 0 && strncmp(host, "[::1]", 5) != 0)
		loader_fault(warner, section, "webhook", "warning: sends what visitors typed unencrypted; use https");
	struct stat status;
	if (task->secret_file && stat(task->secret_file, &status) == 0 && status.st_mode & S_IROTH)
		loader_fault(warner, section, "secret_file", "warning: everybody on this host can read %s; set its mode to 0600",
			task->secret_file);
}

/* Without base, the target of a path takes its host from the request, which a cache would hand to others. */
static void warn_of_cache(const struct loader *warner, const char *section, uint64_t cache, const char *target)
{
	if (!warner->config->base && cache && target && *target == '/')
		loader_fault(warner, section, "cache",
			"warning: without base in [seeother] the host of %s is that of the request, so only the visitor's own cache may keep the answer",
			target);
}

static void warn_of_caches(const struct loader *warner)
{
	struct arena *arena = warner->faults->arena;
	for (size_t i = 0; i < warner->config->things_n; i++) {
		const struct thing *thing = &warner->config->things[i];
		const char *target = NULL;
		for (size_t j = 0; j < thing->representations_n && !target; j++)
			target = *thing->representations[j].target == '/' ? thing->representations[j].target : NULL;
		warn_of_cache(warner, text_printed(arena, "thing %s", thing->name), thing->cache, target);
	}
	for (size_t i = 0; i < warner->config->forwards_n; i++) {
		const struct forward *forward = &warner->config->forwards[i];
		warn_of_cache(warner, text_printed(arena, "forward %s", forward->name), forward->cache, forward->to);
	}
}

enum { MANY_FORMS = 100 };

/* A CGI process reads all forms of this file for each request. */
static void warn_of_many(const struct loader *warner)
{
	size_t own = 0;
	for (size_t i = 0; i < warner->config->forms_n; i++)
		own += !warner->config->forms[i].file;
	if (own > MANY_FORMS)
		loader_fault(warner, "seeother", "forms",
			"warning: %zu forms are in this file, and a CGI process reads them all for each request; a folder of forms is faster",
			own);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static void check_one_form(const struct loader *loader, const struct loader *warner, const struct form *form)
{
	check_patterns(loader, form);
	check_thanks(loader, form);
	warn_of_form(warner, form);
}

static bool has_byte_order_mark(const char *file, struct arena *arena)
{
	struct span content;
	return file_read(file, FORM_FILE_MAX, arena, &content) == 0 && content.length > 2 && memcmp(content.bytes, "\xef\xbb\xbf", 3) == 0;
}

/* Checks a form of the folder of forms, whose file's name and lines the faults have. */
static void check_file_of_form(const struct config *config, const struct form *form, struct text *faults, struct text *warnings)
{
	struct config part = *config;
	struct arena arena = {0};
	struct text again = {.arena = &arena};
	struct ini *ini = ini_load(form->file, &again);
	part.file = form->file;
	const struct loader loader = {&part, ini, faults}, warner = {&part, ini, warnings};
	if (ini) {
		ini_check(form->file, faults, warnings);
		check_one_form(&loader, &warner, form);
		if (has_byte_order_mark(form->file, &arena))
			loader_fault(&loader, NULL, NULL,
				"begins with a byte order mark, so processes in the sandbox can't read it; save it without one");
	}
	ini_free(ini);
	arena_free(&arena);
}

void config_check(struct config *config, struct text *faults, struct text *warnings)
{
	struct text again = {.arena = faults->arena}; /* loading has told the faults of the file itself */
	struct ini *ini = ini_load(config->file, &again);
	if (!ini)
		return;
	const struct loader loader = {config, ini, faults}, warner = {config, ini, warnings};
	ini_check(config->file, faults, warnings);
	check_page_files(&loader);
	check_access_log(&loader);
	check_languages(&loader);
	check_tasks(&loader);
	for (size_t i = 0; i < config->things_n; i++)
		check_map(&loader, &config->things[i]);
	for (size_t i = 0; i < config->forms_n; i++)
		if (config->forms[i].file)
			check_file_of_form(config, &config->forms[i], faults, warnings);
		else
			check_one_form(&loader, &warner, &config->forms[i]);
	for (size_t i = 0; i < config->tasks_n; i++)
		warn_of_task(&warner, &config->tasks[i]);
	warn_of_caches(&warner);
	warn_of_many(&warner);
	ini_free(ini);
}

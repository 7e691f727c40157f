/* The numbers of a form stand in a table, so that JSON and Prometheus have the same ones. */
#include "command/stats_print.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/json.h"
#include "base/text.h"

/* A number of a form: its member in JSON, its metric without "seeother_", and its place. */
static const struct form_number {
	const char *member, *metric, *help;
	size_t offset;
} form_numbers[] = {
	{"kept", "outcomes", "Outcomes that are kept.", offsetof(struct stats_form, kept)},
	{"suspicious", "outcomes_suspicious", "Outcomes that looked like spam when they were posted.",
		offsetof(struct stats_form, suspects)},
	{"spam", "outcomes_spam", "Outcomes that are taken for spam, by the owner or else as they were posted.",
		offsetof(struct stats_form, spam)},
	{"unread", "outcomes_unread", "Outcomes that are neither read nor spam.", offsetof(struct stats_form, unread)},
	{"today", "outcomes_today", "Outcomes received today (UTC), spam too.", offsetof(struct stats_form, today)},
	{"days30", "outcomes_month", "Outcomes received in the last 30 days (UTC), spam too.", offsetof(struct stats_form, month)},
	{"bytes", "form_bytes", "Disk space that the folder of the form takes.", offsetof(struct stats_form, bytes)},
};

static const struct job_number {
	const char *state;
	size_t offset;
} job_numbers[] = {
	{"queued", offsetof(struct task_count, queued)},
	{"running", offsetof(struct task_count, running)},
	{"waiting", offsetof(struct task_count, waiting)},
	{"failed", offsetof(struct task_count, failed)},
	{"cancelled", offsetof(struct task_count, cancelled)},
};

static const struct data_number {
	const char *member, *metric, *help;
	size_t offset;
} data_numbers[] = {
	{"free_bytes", "data_free_bytes", "Free space of the file system that holds the data folder.",
		offsetof(struct stats_data, free_bytes)},
	{"all_bytes", "data_size_bytes", "Size of the file system that holds the data folder.", offsetof(struct stats_data, all_bytes)},
	{"free_inodes", "data_free_inodes", "Free inodes of the file system that holds the data folder.",
		offsetof(struct stats_data, free_inodes)},
	{"all_inodes", "data_inodes", "Inodes of the file system that holds the data folder; 0 if it does not count them.",
		offsetof(struct stats_data, all_inodes)},
};

enum {
	FORM_NUMBERS = sizeof form_numbers / sizeof *form_numbers,
	JOB_NUMBERS = sizeof job_numbers / sizeof *job_numbers,
	DATA_NUMBERS = sizeof data_numbers / sizeof *data_numbers
};

/* Returns the age of the oldest outcome that a task has still to do, in seconds; 0 if there is none. */
static uint64_t age_of(const struct task_count *count, time_t now)
{
	return count->oldest && count->oldest < now ? (uint64_t)(now - count->oldest) : 0;
}

static uint64_t number_at(const void *numbers, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)numbers + offset);
}

/* --- JSON ---------------------------------------------------------------------------------------------------------- */

static void add_member(json_t *object, const char *name, json_t *value)
{
	json_made(value);
	json_made(json_object_set_new_nocheck(object, name, value) < 0 ? NULL : object);
}

static void add_member_number(json_t *object, const char *name, uint64_t number)
{
	add_member(object, name, json_integer((json_int_t)number));
}

static json_t *data_object(const struct config *config, const struct stats_data *data)
{
	char status[8];
	json_t *object = json_made(json_object()), *refusals = json_made(json_object());
	add_member(object, "folder", json_string(config->data));
	add_member(object, "secret", json_boolean(data->secret));
	add_member_number(object, "reserve", data->reserve);
	add_member(object, "refusals", refusals);
	for (size_t i = 0; i < REFUSALS_STATUSES; i++)
		if (data->refusals[i]) {
			snprintf(status, sizeof status, "%zu", i + REFUSALS_FIRST);
			add_member_number(refusals, status, data->refusals[i]);
		}
	for (size_t i = 0; data->measured && i < DATA_NUMBERS; i++)
		add_member_number(object, data_numbers[i].member, number_at(data, data_numbers[i].offset));
	return object;
}

static json_t *task_object(const struct task *task, const struct task_count *count, time_t now)
{
	json_t *object = json_made(json_object());
	add_member(object, "task", json_string(task->name));
	for (size_t i = 0; i < JOB_NUMBERS; i++)
		add_member_number(object, job_numbers[i].state, number_at(count, job_numbers[i].offset));
	add_member_number(object, "oldest_seconds", age_of(count, now));
	return object;
}

static json_t *form_object(const struct config *config, const struct stats_form *stats, time_t now)
{
	json_t *object = json_made(json_object()), *tasks = json_made(json_array());
	add_member(object, "form", json_string(stats->form->name));
	for (size_t i = 0; i < FORM_NUMBERS; i++)
		add_member_number(object, form_numbers[i].member, number_at(stats, form_numbers[i].offset));
	for (size_t i = 0; i < stats->tasks_n; i++)
		json_array_append_new(tasks, task_object(config_form_task(config, stats->form, i), &stats->tasks[i], now));
	add_member(object, "tasks", tasks);
	return object;
}

void stats_print_json(FILE *out, const struct config *config, const struct stats_data *data, const struct stats_form *forms, size_t n,
	time_t now, bool indented)
{
	struct arena arena = {0};
	struct text text = {.arena = &arena};
	json_t *object = json_made(json_object()), *list = json_made(json_array());
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, form_object(config, &forms[i], now));
	add_member(object, "data", data_object(config, data));
	add_member(object, "forms", list);
	json_write(&text, object, indented ? JSON_INDENT(2) : JSON_COMPACT);
	fprintf(out, "%s\n", text.bytes);
	json_decref(object);
	arena_free(&arena);
}

/* --- Prometheus ---------------------------------------------------------------------------------------------------- */

static void print_head_of(FILE *out, const char *metric, const char *type, const char *help)
{
	fprintf(out, "# HELP seeother_%s %s\n# TYPE seeother_%s %s\n", metric, help, metric, type);
}

static void print_head(FILE *out, const char *metric, const char *help)
{
	print_head_of(out, metric, "gauge", help);
}

/* Prints name="value", escaped as the text format wants it. */
static void print_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (const char *c = value; *c; c++) {
		if (*c == '\n')
			fputs("\\n", out);
		else if (*c == '\\' || *c == '"')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void print_ages(FILE *out, const struct config *config, const struct stats_form *stats, time_t now)
{
	for (size_t i = 0; i < stats->tasks_n; i++) {
		fputs("seeother_oldest_job_age_seconds{", out);
		print_label(out, "form", stats->form->name);
		fputc(',', out);
		print_label(out, "task", config_form_task(config, stats->form, i)->name);
		fprintf(out, "} %" PRIu64 "\n", age_of(&stats->tasks[i], now));
	}
}

static void print_refusals(FILE *out, const struct stats_data *data)
{
	print_head_of(out, "refused_posts_total", "counter",
		"Posts to forms that were not kept, by the status of the answer, since the counter was made.");
	for (size_t i = 0; i < REFUSALS_STATUSES; i++)
		if (data->refusals[i])
			fprintf(out, "seeother_refused_posts_total{status=\"%zu\"} %" PRIu64 "\n", i + REFUSALS_FIRST, data->refusals[i]);
}

static void print_jobs(FILE *out, const struct config *config, const struct stats_form *stats)
{
	for (size_t i = 0; i < stats->tasks_n; i++)
		for (size_t k = 0; k < JOB_NUMBERS; k++) {
			fputs("seeother_jobs{", out);
			print_label(out, "form", stats->form->name);
			fputc(',', out);
			print_label(out, "task", config_form_task(config, stats->form, i)->name);
			fprintf(out, ",state=\"%s\"} %" PRIu64 "\n", job_numbers[k].state,
				number_at(&stats->tasks[i], job_numbers[k].offset));
		}
}

void stats_print_prometheus(
	FILE *out, const struct config *config, const struct stats_data *data, const struct stats_form *forms, size_t n, time_t now)
{
	print_head(out, "secret", "Whether the secret of the data folder is there.");
	fprintf(out, "seeother_secret %d\n", data->secret);
	print_head(out, "data_reserve_bytes", "Free space below which posts are answered 503.");
	fprintf(out, "seeother_data_reserve_bytes %" PRIu64 "\n", data->reserve);
	print_refusals(out, data);
	for (size_t i = 0; data->measured && i < DATA_NUMBERS; i++) {
		print_head(out, data_numbers[i].metric, data_numbers[i].help);
		fprintf(out, "seeother_%s %" PRIu64 "\n", data_numbers[i].metric, number_at(data, data_numbers[i].offset));
	}
	for (size_t i = 0; n && i < FORM_NUMBERS; i++) {
		print_head(out, form_numbers[i].metric, form_numbers[i].help);
		for (size_t k = 0; k < n; k++) {
			fprintf(out, "seeother_%s{", form_numbers[i].metric);
			print_label(out, "form", forms[k].form->name);
			fprintf(out, "} %" PRIu64 "\n", number_at(&forms[k], form_numbers[i].offset));
		}
	}
	bool any = false;
	for (size_t k = 0; k < n; k++)
		any = any || forms[k].tasks_n;
	if (any)
		print_head(out, "jobs", "Jobs of a task that are not done, by state.");
	for (size_t k = 0; k < n; k++)
		print_jobs(out, config, &forms[k]);
	if (any)
		print_head(out, "oldest_job_age_seconds",
			"Time since the oldest outcome came whose job is queued, running or waiting; 0 if there is none.");
	for (size_t k = 0; k < n; k++)
		print_ages(out, config, &forms[k], now);
}

/*
 * The lines of a digest stay unsettled until the mail program has taken the mail: after a death they are read, and mailed, again. The
 * Message-ID names the first outcome and how many there are, so it stays the same for the same content.
 */
#include "task/digest.h"

#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "keep/record.h"
#include "task/job.h"
#include "task/mail_body.h"
#include "task/mail_head.h"
#include "task/mail_html.h"
#include "task/mail_text.h"

enum { DIGEST_BYTES = 512 * 1024 };

/* A digest while its mail is written. */
struct digesting {
	struct queue *queue;
	struct arena *arena;
	struct text text, html;
	size_t told; /* outcomes in it */
};

static void tell_outcome(struct digesting *digesting, const struct queued_job *job)
{
	const struct queue *queue = digesting->queue;
	json_t *record = record_read(job->line);
	if (!record)
		return;
	struct mailing mailing = mailing_begin(queue->config, queue->form, queue->task, record, digesting->arena);
	text_format(&digesting->text, "=== %s ===\n\n", mailing.date);
	mail_text_fields(&digesting->text, &mailing);
	mail_text_links(&digesting->text, &mailing);
	text_put(&digesting->text, "\n");
	escape_markup(&digesting->html, "<h2>%s</h2>\n", mailing.date);
	mail_html_fields(&digesting->html, &mailing);
	mail_html_links(&digesting->html, &mailing);
	digesting->told++;
	json_decref(record);
}

static void tell_jobs(
	struct digest *digest, struct digesting *digesting, const struct queued_job *first, const struct secret *secret, time_t now)
{
	struct arena lines = {0};
	struct queued_job job = *first;
	digest->n = 0;
	do {
		struct digest_job *kept = &digest->jobs[digest->n++];
		memcpy(kept->id, job.id, sizeof kept->id);
		kept->attempts = job.attempts;
		kept->taken = job.taken;
		tell_outcome(digesting, &job);
		arena_reset(&lines);
	} while (digest->n < QUEUE_TAKEN && digesting->text.length < DIGEST_BYTES &&
		queue_next(digesting->queue, secret, now, &lines, &job));
	arena_free(&lines);
}

/* Writes the mail around what was told; the mailing is that of no outcome. */
static const struct text *write_digest(const struct digesting *digesting, const struct mailing *mailing, const char *mark)
{
	const struct task *task = mailing->task;
	struct arena *arena = digesting->arena;
	const char *n = text_printed(arena, "%zu", digesting->told), *title = task->subject ? task->subject : mailing->form->title;
	const char *subject = message_fill(
		mailing->catalogue, task->suspicious ? MESSAGE_MAIL_DIGEST_SPAM : MESSAGE_MAIL_DIGEST, arena, "title", title, "n", n, NULL);
	struct text *out = arena_take(arena, sizeof *out), text = {.arena = arena}, html = {.arena = arena};
	*out = (struct text){.arena = arena};
	if (task->text)
		text_format(&text, "%s\n\n", task->text);
	text_format(&text, "%s-- \n%s\n", text_string(&digesting->text), mailing->form->title);
	mail_html_begin(&html, mailing, subject);
	if (task->text)
		escape_markup(&html, "<p>%s</p>\n", task->text);
	text_put(&html, text_string(&digesting->html));
	mail_html_end(&html);
	mail_head_write(out, mailing, &(struct mail_head){.subject = subject, .mark = mark});
	mail_body_write(out, mark, text_string(&text), task->html ? text_string(&html) : NULL, NULL, 0);
	return out;
}

const struct text *digest_compose(struct digest *digest, struct queue *queue, const struct queued_job *first, const struct secret *secret,
	time_t now, struct arena *arena)
{
	struct digesting digesting = {.queue = queue, .arena = arena, .text = {.arena = arena}, .html = {.arena = arena}};
	tell_jobs(digest, &digesting, first, secret, now);
	if (!digesting.told) {
		digest_settle(digest, queue);
		return NULL;
	}
	json_t *nothing = json_object();
	struct mailing mailing = mailing_begin(queue->config, queue->form, queue->task, nothing, arena);
	const struct text *message = write_digest(&digesting, &mailing, text_printed(arena, "%s.%zu", digest->jobs[0].id, digesting.told));
	json_decref(nothing);
	return message;
}

int digest_settle(const struct digest *digest, struct queue *queue)
{
	int lock = job_lock(queue->folder);
	for (size_t i = 0; i < digest->n; i++)
		job_remove(queue->folder, span_of(digest->jobs[i].id), false);
	file_close(lock);
	for (size_t i = 0; i < digest->n; i++)
		if (digest->jobs[i].taken < QUEUE_TAKEN)
			queue->taken[digest->jobs[i].taken].settled = true;
	return queue_settle(queue, QUEUE_TAKEN);
}

void digest_put_back(const struct digest *digest, struct queue *queue, time_t now, time_t pause)
{
	int lock = job_lock(queue->folder);
	for (size_t i = 0; i < digest->n; i++) {
		const struct digest_job *kept = &digest->jobs[i];
		const struct job job = {.state = JOB_WAITING, .attempts = kept->attempts + 1, .next = now + pause, .progress = -1};
		if (kept->taken < QUEUE_TAKEN)
			continue;
		job_write(queue->folder, span_of(kept->id), &job); /* if that fails, it is only tried sooner */
		retry_list_add(&queue->retries, kept->id, job.next);
	}
	file_close(lock);
	queue_put_back(queue, now + pause);
}

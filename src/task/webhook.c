/*
 * Everybody on the host can see a program's arguments, so curl reads all that is secret, and all that is not for everybody, from files
 * in memory. It follows no redirect, speaks the scheme of the URL only, and throws away what is answered, of which it reads little.
 */
#include "task/webhook.h"

#include <nettle/hmac.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/hook_secret.h"
#include "task/chat.h"

/* Bytes of an answer that curl reads; a longer one is cut, which does not matter once its status is known. */
enum { ANSWER_MAX = 64 * 1024 };

/* Appends an option of curl's configuration; its value in quotes, as curl's manual has it under --config. */
static void put_option(struct text *out, const char *option, const char *value)
{
	text_format(out, "%s = \"", option);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_byte(out, '\\');
		text_byte(out, *value);
	}
	text_put(out, "\"\n");
}

/* Appends the signature of each key: base64 of HMAC-SHA-256 of "ID.TIMESTAMP.BODY", as Standard Webhooks has it. */
static void put_signatures(struct text *out, const struct hook_secrets *secrets, const char *id, intmax_t now, const struct text *body)
{
	const char *start = text_printed(out->arena, "%s.%jd.", id, now);
	for (size_t i = 0; i < secrets->keys_n; i++) {
		unsigned char digest[SHA256_DIGEST_SIZE];
		char base64[sodium_base64_ENCODED_LEN(sizeof digest, sodium_base64_VARIANT_ORIGINAL)];
		struct hmac_sha256_ctx context;
		hmac_sha256_set_key(&context, secrets->keys[i].length, (const uint8_t *)secrets->keys[i].bytes);
		hmac_sha256_update(&context, strlen(start), (const uint8_t *)start);
		hmac_sha256_update(&context, body->length, (const uint8_t *)text_string(body));
		hmac_sha256_digest(&context, sizeof digest, digest);
		sodium_bin2base64(base64, sizeof base64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
		text_format(out, "%sv1,%s", i ? " " : "", base64);
	}
}

static void put_headers(struct webhook *webhook, const struct hook_secrets *secrets, const char *type, const char *id, intmax_t now)
{
	struct text *out = &webhook->options;
	struct arena *arena = out->arena;
	struct text signatures = {.arena = arena};
	put_option(out, "header", text_printed(arena, "Content-Type: %s", type));
	put_option(out, "header", "User-Agent: seeother");
	put_option(out, "header", "Expect:"); /* or a large body would wait for an answer that may not come */
	put_option(out, "header", text_printed(arena, "webhook-id: %s", id));
	put_option(out, "header", text_printed(arena, "webhook-timestamp: %jd", now));
	if (secrets->keys_n) {
		put_signatures(&signatures, secrets, id, now, &webhook->body);
		put_option(out, "header", text_printed(arena, "webhook-signature: %s", text_string(&signatures)));
	}
	if (secrets->token)
		put_option(out, "header", text_printed(arena, "Authorization: Bearer %s", secrets->token));
}

/* Matrix has the id of a message as the last part of its address, so that a repeated one counts once (client-server API, PUT …/send). */
static void put_target(struct text *out, const struct task *task, const char *id)
{
	bool matrix = task->style == STYLE_MATRIX;
	put_option(out, "url", matrix ? text_printed(out->arena, "%s/%s", task->webhook, id) : task->webhook);
	put_option(out, "request", matrix ? "PUT" : "POST");
	put_option(out, "proto", strncmp(task->webhook, "https:", 6) == 0 ? "=https" : "=http");
}

const char *webhook_compose(struct webhook *webhook, const struct config *config, const struct form *form, const struct task *task,
	struct span line, const json_t *record, time_t now, struct arena *arena)
{
	struct hook_secrets secrets = {0};
	const char *id = json_string_value(json_object_get(record, "id"));
	const char *wrong = task->secret_file ? hook_secret_read(task->secret_file, &secrets, arena) : id ? NULL : "the record has no id";
	bool chat = task->style != STYLE_JSON;
	*webhook = (struct webhook){{.arena = arena}, {.arena = arena}};
	if (wrong || !id)
		return wrong ? wrong : "the record has no id";
	line = span_trim(line);
	if (chat)
		webhook->body = chat_compose(config, form, task, record, arena);
	else
		text_add(&webhook->body, line.bytes, line.length);
	struct text *out = &webhook->options;
	text_put(out, "silent\ngloboff\npath-as-is\noutput = /dev/null\n");
	text_format(out, "max-time = %ju\nmax-filesize = %d\n", (uintmax_t)task->timeout, ANSWER_MAX);
	put_target(out, task, id);
	put_headers(webhook, &secrets, chat ? chat_type(task->style) : "application/json", id, (intmax_t)now);
	put_option(out, "data-binary", "@/dev/fd/3");
	text_put(out, "write-out = \"%{stderr}%{http_code} %{errormsg}\\n\"\n");
	return NULL;
}

const char **webhook_command(const struct config *config, struct arena *arena)
{
	const char **command = arena_take(arena, 5 * sizeof *command);
	command[0] = config->curl;
	command[1] = "-q"; /* no configuration but this one; it must come first */
	command[2] = "--config";
	command[3] = "-";
	command[4] = NULL;
	return command;
}

enum run_end webhook_end(struct run *run, enum run_end end)
{
	char *line = run->error;
	if (strspn(line, "0123456789") != 3 || line[3] != ' ') /* curl was ended, or could not begin */
		return end == RUN_DONE ? RUN_AGAIN : end;
	if (line[0] == '2') {
		*line = '\0';
		return RUN_DONE;
	}
	if (memcmp(line, "000", 3) == 0) {
		memmove(line, line + 4, strlen(line + 4) + 1);
		return RUN_AGAIN;
	}
	bool gone = memcmp(line, "410", 3) == 0;
	memmove(line + 9, line, 3);
	memcpy(line, "answered ", 9);
	line[12] = '\0';
	return gone ? RUN_FINAL : RUN_AGAIN;
}

/*
 * Uploads of strangers are sent so that no browser runs them: as attachments, under the type that their bytes show or as plain bytes,
 * without sniffing, and under a policy that lets nothing load or run (RFC 6266, CSP level 3 "sandbox").
 */
#include "answer/outcome_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/cors.h"
#include "answer/outcome_record.h"
#include "answer/page.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/number.h"
#include "base/span.h"
#include "base/text.h"
#include "body/sniff.h"
#include "http/condition.h"
#include "http/range.h"
#include "keep/record.h"

/* Adds Content-Disposition (RFC 6266 §4.1, appendix D): an ASCII name for old clients, and the true name encoded by RFC 8187. */
static void put_disposition(struct response *response, const char *name)
{
	struct text plain = {.arena = response->body.arena}, whole = {.arena = response->body.arena};
	for (const char *c = name; *c; c++)
		if (*c != '"' && *c != '%' && (unsigned char)*c < 0x7f)
			text_byte(&plain, *c);
		else if (((unsigned char)*c & 0xc0) != 0x80)
			text_put(&plain, "_");
	escape_component(&whole, name);
	response_header(response, "Content-Disposition", "attachment; filename=\"%s\"; filename*=UTF-8''%s", text_string(&plain),
		text_string(&whole));
}

static int open_upload(const struct exchange *exchange, const json_t *entry)
{
	char where[PATH_MAX];
	const char *form = exchange->form->name, *path = json_string_value(json_object_get(entry, "path"));
	int file = -1;
	if (record_upload(exchange->config->data, form, entry, where) == 0)
		file = open(where, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		diag_system("%s/%s/%s: open failed; the upload was answered 503", exchange->config->data, form, path);
	return file;
}

static const char *type_of(int file)
{
	unsigned char head[SNIFF_BYTES];
	ssize_t n = pread(file, head, sizeof head, 0);
	const char *found = n > 0 ? sniff(head, (size_t)n) : NULL;
	return found ? found : "application/octet-stream";
}

/* Tells whether the upload is where its line says, so that the web server can find it there. */
static bool is_in_place(const struct exchange *exchange, const char *path)
{
	return access(text_printed(exchange->arena, "%s/%s/%s", exchange->config->data, exchange->form->name, path), R_OK) == 0;
}

static bool by_accel(const struct config *config)
{
	return config->sendfile && config->sendfile[0] == '/';
}

/* Leaves the sending to the web server if the configuration says that it knows X-Sendfile; true if it does. */
static bool send_by_server(struct exchange *exchange, const char *path)
{
	const struct config *config = exchange->config;
	if (!config->sendfile || by_accel(config) || !is_in_place(exchange, path))
		return false;
	response_header(exchange->response, "X-Sendfile", "%s/%s/%s", config->data, exchange->form->name, path);
	return true;
}

/* Sends the whole file, the range that was asked for, or 416. */
static void put_content(struct exchange *exchange, int file, uint64_t size, const char *etag, time_t modified)
{
	struct response *response = exchange->response;
	uint64_t from = 0, n = size;
	const char *header = exchange->request->method == METHOD_GET && condition_range_holds(exchange->request, etag, modified)
		? request_variable(exchange->request, "HTTP_RANGE")
		: NULL;
	switch (range_read(header, size, &from, &n)) {
	case RANGE_WHOLE:
		from = 0;
		n = size;
		break;
	case RANGE_PART:
		response->status = 206;
		response_header(
			response, "Content-Range", "bytes %ju-%ju/%ju", (uintmax_t)from, (uintmax_t)(from + n - 1), (uintmax_t)size);
		break;
	case RANGE_OUTSIDE: {
		const struct text vary = response->vary;
		response_begin(response, exchange->arena);
		response->vary = vary;
		cors_share(exchange);
		response_header(response, "Content-Range", "bytes */%ju", (uintmax_t)size);
		page_problem(exchange, 416, MESSAGE_NO_PART);
		close(file);
		return;
	}
	}
	response_file(response, file, from, n);
}

static void send_file(struct exchange *exchange, const json_t *entry, time_t received)
{
	struct response *response = exchange->response;
	const char *path = json_string_value(json_object_get(entry, "path")), *hash = json_string_value(json_object_get(entry, "sha256"));
	struct stat status;
	int file = path && hash ? open_upload(exchange, entry) : -1;
	if (file < 0 || fstat(file, &status) < 0) {
		if (file >= 0) {
			diag_system("%s: can't read the size of an upload; it was answered 503", exchange->form->name);
			close(file);
		}
		page_unavailable(exchange, MESSAGE_FILE_NOT_TO_BE_HAD);
		return;
	}
	const char *etag = text_printed(exchange->arena, "\"%s\"", hash);
	/* nginx sends the file with its own validators, so conditions and ranges are left to it as well. */
	bool by_nginx = by_accel(exchange->config) && is_in_place(exchange, path);
	if (!by_nginx && condition_failed(exchange->request, etag, received)) {
		close(file);
		page_problem(exchange, 412, MESSAGE_NO_CONDITION);
		return;
	}
	response->type = type_of(file);
	response->policy = "default-src 'none'; sandbox";
	put_disposition(response, record_file_name(exchange->arena, entry));
	response_header(response, "ETag", "%s", etag);
	response_modified(response, received);
	response_header(response, "Cache-Control", "private, no-cache");
	response_header(response, "Referrer-Policy", "same-origin");
	response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	if (by_nginx) {
		response_header(response, "X-Accel-Redirect", "%s%s/%s", exchange->config->sendfile, exchange->form->name, path);
		close(file);
		return;
	}
	response_header(response, "Accept-Ranges", "bytes");
	if (condition_unchanged(exchange->request, etag, received))
		response->status = 304;
	else if (!send_by_server(exchange, path)) {
		put_content(exchange, file, (uint64_t)status.st_size, etag, received);
		return;
	}
	close(file);
}

static const json_t *entry_of(const struct exchange *exchange, const json_t *record)
{
	uint64_t number;
	const json_t *files = json_object_get(record, "files");
	const char *digits = arena_copy(exchange->arena, exchange->number.bytes, exchange->number.length);
	if (!number_read(digits, INT_MAX, &number) || *digits == '0')
		return NULL;
	const json_t *entry = json_array_get(files, (size_t)number - 1);
	const char *field = json_string_value(json_object_get(entry, "field"));
	bool shown = field && ((exchange->form->show_files && form_shows(exchange->form, span_of(field))) || exchange_by_owner(exchange));
	return shown && span_is(exchange->name, record_file_name(exchange->arena, entry)) ? entry : NULL;
}

void outcome_file_answer(struct exchange *exchange)
{
	time_t received;
	json_t *record = outcome_record(exchange, &received);
	const json_t *entry = record ? entry_of(exchange, record) : NULL;
	if (entry)
		send_file(exchange, entry, received);
	else if (record)
		page_problem(exchange, 404, MESSAGE_NO_FILE);
	json_decref(record);
}

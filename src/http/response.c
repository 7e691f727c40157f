/*
 * CGI and FastCGI use the same header block (RFC 3875 §6.3), but servers differ in which of Location and Status they want first if they
 * are to pass a 303 on. As CGI, Status comes first: BusyBox httpd otherwise answers 200, and uWSGI 302. As FastCGI, Location comes
 * first: HAProxy 2.6 otherwise answers 302. Lines end in CR LF, which all servers accept.
 */
#include "http/response.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
};

const char *response_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void response_begin(struct response *response, struct arena *arena)
{
	*response = (struct response){
		.status = 200,
		.file = -1,
		.policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'self'",
		.headers = {.arena = arena},
		.vary = {.arena = arena},
		.body = {.arena = arena},
	};
}

static bool has_control_byte(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return true;
	return false;
}

static void add_header(struct response *response, struct text *to, const char *name, const char *value)
{
	if (has_control_byte(value)) {
		diag_error("the header %s would have contained a control byte; the request was answered 500", name);
		response->refused = true;
		return;
	}
	text_put(to, name);
	text_put(to, ": ");
	text_put(to, value);
	text_put(to, "\r\n");
}

void response_header(struct response *response, const char *name, const char *format, ...)
{
	struct text value = {.arena = response->headers.arena};
	va_list arguments;
	va_start(arguments, format);
	text_format_list(&value, format, arguments);
	va_end(arguments);
	add_header(response, &response->headers, name, value.bytes);
}

void response_modified(struct response *response, time_t changed)
{
	char written[DATE_HTTP];
	time_t now = time(NULL);
	date_http_write(written, changed < now ? changed : now);
	response_header(response, "Last-Modified", "%s", written);
}

void response_vary(struct response *response, const char *name)
{
	const char *had = text_string(&response->vary);
	size_t n = strlen(name);
	for (const char *at = had; (at = strstr(at, name)); at += n)
		if ((at == had || at[-1] == ' ') && (!at[n] || at[n] == ','))
			return;
	text_format(&response->vary, "%s%s", *had ? ", " : "", name);
}

void response_redirect(struct response *response, int status, const char *uri)
{
	response->status = status;
	response->location = uri;
	response->body.length = 0;
}

static bool may_have_body(int status)
{
	return status != 204 && status != 304;
}

static void write_head(struct response *response, bool location_first, struct text *head)
{
	if (response->location && location_first)
		add_header(response, head, "Location", response->location);
	text_put(head, "Status: ");
	text_number(head, (uint64_t)response->status);
	text_put(head, " ");
	text_put(head, response_reason(response->status));
	text_put(head, "\r\n");
	if (response->location && !location_first)
		add_header(response, head, "Location", response->location);
	if (may_have_body(response->status) && response->type) {
		add_header(response, head, "Content-Type", response->type);
		uint64_t n = response->file >= 0 ? response->file_n : response->body.length;
		if (!response->stream) {
			text_put(head, "Content-Length: ");
			text_number(head, n);
			text_put(head, "\r\n");
		}
		if (response->language)
			add_header(response, head, "Content-Language", response->language);
	}
	text_put(head, text_string(&response->headers));
	if (response->vary.length)
		add_header(response, head, "Vary", response->vary.bytes);
	add_header(response, head, "Content-Security-Policy", response->policy);
	add_header(response, head, "X-Content-Type-Options", "nosniff");
	text_put(head, "\r\n");
}

/* Replaces a response that would have carried a forged header. */
static void write_head_refused(struct response *response, struct text *head)
{
	static const char body[] = "The server could not put its answer together.\n";
	if (response->file >= 0)
		close(response->file);
	response_begin(response, head->arena);
	response->status = 500;
	response->type = "text/plain; charset=utf-8";
	text_put(&response->body, body);
	head->length = 0;
	write_head(response, false, head);
}

void response_file(struct response *response, int file, uint64_t from, uint64_t n)
{
	response->file = file;
	response->file_from = from;
	response->file_n = n;
}

void response_stream(struct response *response, int (*stream)(void *context, const struct request *), void *context)
{
	response->stream = stream;
	response->stream_context = context;
}

/* Sends the part of the file. If the file became shorter, the answer ends early, which the client notices by Content-Length. */
static int send_file_part(const struct response *response, const struct request *request)
{
	char piece[64 * 1024];
	uint64_t from = response->file_from, left = response->file_n;
	while (left > 0) {
		ssize_t n = pread(response->file, piece, left < sizeof piece ? (size_t)left : sizeof piece, (off_t)from);
		if (n < 0)
			diag_system("reading a file failed while it was sent; the answer was cut short");
		else if (n == 0)
			diag_error("a file became shorter while it was sent; the answer was cut short");
		if (n <= 0 || request->transport->write(request->transport->context, piece, (size_t)n) < 0)
			return -1;
		from += (uint64_t)n;
		left -= (uint64_t)n;
	}
	return 0;
}

int response_send(struct response *response, const struct request *request)
{
	struct text out = {.arena = response->headers.arena};
	write_head(response, request->transport->location_first, &out);
	if (response->refused)
		write_head_refused(response, &out);
	bool body = request->method != METHOD_HEAD && may_have_body(response->status);
	if (body && response->file < 0)
		text_add(&out, text_string(&response->body), response->body.length);
	int failed = request->transport->write(request->transport->context, out.bytes, out.length);
	if (!failed && body && response->file >= 0)
		failed = send_file_part(response, request);
	else if (!failed && body && response->stream)
		failed = response->stream(response->stream_context, request);
	if (response->file >= 0)
		close(response->file);
	return failed;
}

/* Requests: variables, the address of the program, and the body within its limits. */
#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "base/escape.h"
#include "base/number.h"
#include "base/span.h"
#include "base/text.h"
#include "http/origin.h"

static const struct {
	enum method method;
	const char *name;
} methods[] = {
	{METHOD_GET, "GET"},
	{METHOD_HEAD, "HEAD"},
	{METHOD_POST, "POST"},
	{METHOD_OPTIONS, "OPTIONS"},
	{METHOD_PUT, "PUT"},
	{METHOD_PATCH, "PATCH"},
	{METHOD_DELETE, "DELETE"},
	{METHOD_TRACE, "TRACE"},
	{METHOD_CONNECT, "CONNECT"},
};

static enum method method_named(const char *name)
{
	for (size_t i = 0; name && i < sizeof methods / sizeof *methods; i++)
		if (strcmp(name, methods[i].name) == 0)
			return methods[i].method;
	return METHOD_UNKNOWN;
}

const char *request_methods(struct arena *arena, unsigned set)
{
	struct text text = {.arena = arena};
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (set & methods[i].method)
			text_format(&text, "%s%s", text.length ? ", " : "", methods[i].name);
	return text_string(&text);
}

const char *request_variable(const struct request *request, const char *name)
{
	const char *value = request->transport->variable(request->transport->context, name);
	return value && *value ? value : NULL;
}

void request_begin(struct request *request, struct arena *arena, const struct transport *transport)
{
	*request = (struct request){.arena = arena, .transport = transport};
	request->method = method_named(request_variable(request, "REQUEST_METHOD"));
	request->path = request->raw_path = "";
	request->accept = request_variable(request, "HTTP_ACCEPT");
}

/* Web servers set HTTPS by custom; lighttpd, nginx and Apache also set REQUEST_SCHEME. */
static const char *scheme_of(const struct request *request)
{
	if (request->forwarded_scheme)
		return request->forwarded_scheme;
	const char *https = request_variable(request, "HTTPS"), *scheme = request_variable(request, "REQUEST_SCHEME");
	if (https ? strcasecmp(https, "off") != 0 && strcmp(https, "0") != 0 : scheme && strcmp(scheme, "https") == 0)
		return "https";
	return "http";
}

static enum request_root read_origin(const struct request *request, struct origin *origin)
{
	const char *host = request->forwarded_host ? request->forwarded_host : request_variable(request, "HTTP_HOST");
	const char *name = request_variable(request, "SERVER_NAME"),
		   *port = request->forwarded_scheme ? NULL : request_variable(request, "SERVER_PORT");
	if (host)
		return origin_host_read(span_of(host), origin) ? ROOT_KNOWN : ROOT_BAD_HOST;
	if (!name) /* lighttpd sends none if the request has no Host */
		name = request_variable(request, "SERVER_ADDR");
	if (!name)
		return ROOT_UNKNOWN;
	bool bare = strchr(name, ':') && *name != '['; /* an IPv6 address that the server did not bracket */
	const char *text =
		text_printed(request->arena, "%s%s%s%s%s", bare ? "[" : "", name, bare ? "]" : "", port ? ":" : "", port ? port : "");
	return origin_host_read(span_of(text), origin) ? ROOT_KNOWN : ROOT_UNKNOWN;
}

enum request_root request_root(struct request *request, const char *base)
{
	request->root = base;
	if (base)
		return ROOT_KNOWN;
	struct origin origin = {.scheme = scheme_of(request)};
	enum request_root found = read_origin(request, &origin);
	if (found != ROOT_KNOWN)
		return found;
	struct text root = {.arena = request->arena};
	const char *script = request_variable(request, "SCRIPT_NAME");
	origin_write(&root, &origin);
	if (script && *script != '/')
		text_put(&root, "/");
	escape_path(&root, script ? script : "");
	while (root.bytes[root.length - 1] == '/')
		root.bytes[--root.length] = '\0';
	request->root = root.bytes;
	return ROOT_KNOWN;
}

enum request_length request_length(struct request *request, uint64_t most)
{
	const char *digits = request_variable(request, "CONTENT_LENGTH");
	const struct transport *transport = request->transport;
	if (!digits || strcmp(digits, "-1") == 0) {
		if (!transport->ends || !transport->ends(transport->context))
			return LENGTH_MISSING;
		request->open = true;
		request->length = most + 1;
		return LENGTH_GIVEN;
	}
	if (!number_read(digits, INT64_MAX, &request->length))
		return LENGTH_BAD;
	return request->length > most ? LENGTH_TOO_LARGE : LENGTH_GIVEN;
}

size_t request_read(struct request *request, char *buffer, size_t n)
{
	uint64_t left = request->length - request->taken;
	if (n > left)
		n = (size_t)left;
	if (!n || request->stopped)
		return 0;
	pace_begin(&request->pace);
	ssize_t got = request->transport->late ? TRANSPORT_LATE
					       : request->transport->read(request->transport->context, buffer, n, &request->pace);
	if (got <= 0) {
		request->stopped = got;
		return 0;
	}
	request->taken += (uint64_t)got;
	return (size_t)got;
}

enum request_end request_end(const struct request *request)
{
	const char *client = request_variable(request, "REMOTE_ADDR");
	if (request->stopped == TRANSPORT_LATE) {
		diag_error(
			"%s: a body from %s came too slowly: %ju bytes, then less than %ju bytes a second for %ju s; it was answered 408",
			request->path, client ? client : "an unknown address", (uintmax_t)request->taken, (uintmax_t)request->pace.rate,
			(uintmax_t)request->pace.seconds);
		return END_LATE;
	}
	if (request->open && request->taken == request->length)
		return END_TOO_LARGE;
	if (request->open)
		return request->stopped == TRANSPORT_BROKEN ? END_CUT_OR_LONG : END_WHOLE;
	bool whole = request->taken == request->length && !request->transport->surplus(request->transport->context);
	return whole ? END_WHOLE : END_CUT_OR_LONG;
}

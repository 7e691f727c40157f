/*
 * PATH_INFO has lost what a client sent: it is decoded, so "%2F" and "/" look the same, and some servers do not set it, or put the
 * whole path into it or into SCRIPT_NAME. REQUEST_URI, which RFC 3875 does not know but all servers send, has the exact bytes; what is
 * missing is where the program's own URI ends in it. The key base says so. Without it, SCRIPT_NAME does, on servers that split.
 */
#include "http/request_path.h"

#include <string.h>
#include <strings.h>

#include "base/escape.h"
#include "base/percent.h"
#include "base/span.h"
#include "base/text.h"
#include "http/origin.h"

static struct span without_end_slashes(struct span path)
{
	while (path.length && path.bytes[path.length - 1] == '/')
		path.length--;
	return path;
}

/* Returns the path of REQUEST_URI, or an empty span. Its absolute form (RFC 9112 §3.2.2) begins with a scheme and host. */
static struct span path_of_uri(const struct request *request)
{
	const char *uri = request_variable(request, "REQUEST_URI");
	if (uri && (strncasecmp(uri, "http://", 7) == 0 || strncasecmp(uri, "https://", 8) == 0)) {
		uri = strchr(uri, ':') + 3;
		uri += strcspn(uri, "/?#");
	}
	if (!uri || *uri != '/')
		return (struct span){"", 0};
	return (struct span){uri, strcspn(uri, "?#")};
}

/* Cuts a decoded path off an encoded one, at the end of a segment; returns false if that does not begin with it. */
static bool cut_path(struct span path, struct span prefix, struct span *rest)
{
	size_t at = 0;
	for (size_t i = 0; i < prefix.length; i++) {
		int value = percent_value((struct span){path.bytes + at, path.length - at});
		char c = value > 0 ? (char)value : at < path.length ? path.bytes[at] : '\0';
		if (c != prefix.bytes[i] || value == '/')
			return false;
		at += value > 0 ? 3 : 1;
	}
	*rest = (struct span){path.bytes + at, path.length - at};
	return !rest->length || rest->bytes[0] == '/';
}

/* Returns true if the path has an empty segment before its end, or a dot segment: a server will have changed that. */
static bool is_unusual(struct span path, struct arena *arena)
{
	const char *plain = text_printed(arena, "%.*s", (int)path.length, path.bytes);
	for (const char *slash = plain; (slash = strchr(slash, '/')); slash++) {
		size_t n = strcspn(slash + 1, "/");
		if ((n == 0 && slash[1]) || (n == 1 && slash[1] == '.') || (n == 2 && slash[1] == '.' && slash[2] == '.'))
			return true;
	}
	return false;
}

static struct span path_of_base(const char *base, struct arena *arena)
{
	struct origin ignored;
	const char *path;
	if (!base || !origin_read(base, &ignored, &path))
		return (struct span){"", 0};
	return without_end_slashes(percent_decode((struct span){path, strcspn(path, "?#")}, arena));
}

/* What the web server says of the path; all of it decoded but uri. */
struct server_view {
	struct span uri, script, info;
};

static struct server_view view_of(const struct request *request)
{
	const char *script = request_variable(request, "SCRIPT_NAME"), *info = request_variable(request, "PATH_INFO");
	struct server_view view = {path_of_uri(request), without_end_slashes(span_of(script ? script : "")), span_of(info ? info : "")};
	if (!view.uri.length) { /* then what both say together */
		struct text uri = {.arena = request->arena};
		escape_path(&uri, text_printed(request->arena, "%.*s%s", (int)view.script.length, view.script.bytes, view.info.bytes));
		view.uri = (struct span){text_string(&uri), uri.length};
	}
	return view;
}

static bool equal_spans(struct span a, struct span b)
{
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* Cuts SCRIPT_NAME, which must leave PATH_INFO, or anything if there is no PATH_INFO. */
static bool cut_script(const struct server_view *view, struct arena *arena, struct span *rest)
{
	if (!cut_path(view->uri, view->script, rest))
		return false;
	return !view->info.length || equal_spans(percent_decode(*rest, arena), view->info);
}

/*
 * Cuts the path of base. A SCRIPT_NAME below it, which the server has split off, is where the program is: then something in front of
 * the server maps the paths. A path that the server has put in order counts as the server has it.
 */
static bool cut_base(const struct server_view *view, const char *base, struct arena *arena, struct span *rest)
{
	struct span stem = path_of_base(base, arena), other;
	if (!base || !cut_path(view->uri, stem, rest))
		return false;
	if (view->info.length && view->script.length > stem.length && cut_script(view, arena, &other))
		return false;
	return !view->info.length || !equal_spans(view->script, stem) || !is_unusual(*rest, arena);
}

void request_path_find(struct request *request, const char *base)
{
	struct server_view view = view_of(request);
	struct span rest;
	if (!cut_base(&view, base, request->arena, &rest) && !cut_script(&view, request->arena, &rest)) {
		struct text raw = {.arena = request->arena};
		escape_path(&raw, view.info.bytes);
		request->raw_path = text_string(&raw);
		request->path = view.info.bytes;
		return;
	}
	request->raw_path = arena_copy(request->arena, rest.bytes, rest.length);
	request->path = percent_decode(span_of(request->raw_path), request->arena).bytes;
}

const char *request_path_unsplit(const struct request *request)
{
	struct server_view view = view_of(request);
	if (view.script.length && view.info.length)
		return NULL;
	return arena_copy(request->arena, percent_decode(view.uri, request->arena).bytes, percent_decode(view.uri, request->arena).length);
}

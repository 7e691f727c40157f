/*
 * Each proxy adds an element at the right end of these lists, so only as many elements count, from the right, as trusted proxies have
 * added. A Forwarded that is not well-formed is ignored as a whole: a client could otherwise hide the elements of a proxy in a quoted
 * string that it has begun.
 */
#include "http/forwarded.h"

#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "base/text.h"
#include "http/media.h"

enum { ELEMENTS_MAX = 64 };

/* One element of Forwarded; NULL where it does not say. */
struct element {
	const char *node, *scheme, *host;
};

/* Takes one value, a token or a quoted string, without its quotes; returns NULL if it is neither. */
static const char *take_pair_value(const char **at, struct arena *arena)
{
	struct text value = {.arena = arena};
	if (**at != '"') {
		size_t n = strcspn(*at, " \t,;\"");
		const char *token = arena_copy(arena, *at, n);
		*at += n;
		return media_is_token(span_of(token)) ? token : NULL;
	}
	for (++*at; **at != '"'; ++*at) {
		if (**at == '\\')
			++*at;
		if (!**at)
			return NULL;
		text_byte(&value, **at);
	}
	++*at;
	return text_string(&value);
}

static void skip_white_space(const char **at)
{
	*at += strspn(*at, " \t");
}

/* Takes the pairs of one element (RFC 7239 §4), and stops at a comma or the end; returns false if it is not well-formed. */
static bool take_element(const char **at, struct element *element, struct arena *arena)
{
	const struct {
		const char *name, **value;
	} known[] = {{"for", &element->node}, {"proto", &element->scheme}, {"host", &element->host}};
	for (;; ++*at) {
		skip_white_space(at);
		size_t n = strcspn(*at, "=,; \t\"");
		const char *name = *at, *value;
		if (name[n] == '=') {
			*at += n + 1;
			if (!(value = take_pair_value(at, arena)))
				return false;
			for (size_t i = 0; i < sizeof known / sizeof *known; i++)
				if (strncasecmp(name, known[i].name, n) == 0 && !known[i].name[n])
					*known[i].value = value;
		} else if (n) {
			return false;
		}
		skip_white_space(at);
		if (**at != ';')
			return !**at || **at == ',';
	}
}

/* Reads the last ELEMENTS_MAX elements, the last one first; returns their number, or 0 if the header is not well-formed. */
static size_t read_elements(const char *header, struct element elements[ELEMENTS_MAX], struct arena *arena)
{
	size_t n = 0;
	for (;; header++) {
		struct element element = {NULL, NULL, NULL};
		if (!take_element(&header, &element, arena))
			return 0;
		n += n < ELEMENTS_MAX;
		memmove(elements + 1, elements, (n - 1) * sizeof *elements);
		elements[0] = element;
		if (!*header)
			return n;
	}
}

/* Writes the nodes as X-Forwarded-For would hold them. */
static const char *list_of_nodes(const struct element *elements, size_t n, struct arena *arena)
{
	struct text list = {.arena = arena};
	while (n-- > 0) {
		const char *node = elements[n].node;
		text_format(&list, "%s%s", list.length ? ", " : "", node && *node && !strchr(node, ',') ? node : "unknown");
	}
	return text_string(&list);
}

/* Returns the element of a list that the outermost of so many trusted proxies has added: the first, if it has fewer elements. */
static const char *element_of_proxy(const char *list, size_t trusted, struct arena *arena)
{
	struct span rest = span_of(list), element = rest;
	for (; trusted > 0 && rest.bytes; trusted--) {
		size_t start = rest.length;
		while (start && rest.bytes[start - 1] != ',')
			start--;
		element = (struct span){rest.bytes + start, rest.length - start};
		rest = start ? (struct span){rest.bytes, start - 1} : (struct span){NULL, 0};
	}
	element = span_trim(element);
	return arena_copy(arena, element.bytes, element.length);
}

static void set_scheme(struct request *request, const char *scheme)
{
	if (scheme && strcasecmp(scheme, "https") == 0)
		request->forwarded_scheme = "https";
	else if (scheme && strcasecmp(scheme, "http") == 0)
		request->forwarded_scheme = "http";
}

static const char *read_standard(
	struct request *request, const char *peer, const char *header, const struct address_range *proxies, size_t n)
{
	struct element *elements = arena_take(request->arena, ELEMENTS_MAX * sizeof *elements);
	size_t count = read_elements(header, elements, request->arena);
	const char *nodes = list_of_nodes(elements, count, request->arena);
	size_t trusted = address_trusted(peer, nodes, proxies, n);
	if (!count || !trusted)
		return peer;
	const struct element *outermost = &elements[(trusted < count ? trusted : count) - 1];
	set_scheme(request, outermost->scheme);
	request->forwarded_host = outermost->host;
	return address_client(peer, nodes, proxies, n, request->arena);
}

const char *forwarded_read(struct request *request, const struct address_range *proxies, size_t n)
{
	const char *peer = request_variable(request, "REMOTE_ADDR"), *nodes = request_variable(request, "HTTP_X_FORWARDED_FOR");
	if (!peer || !n)
		return peer;
	const char *scheme = request_variable(request, "HTTP_X_FORWARDED_PROTO"),
		   *host = request_variable(request, "HTTP_X_FORWARDED_HOST");
	const char *standard = request_variable(request, "HTTP_FORWARDED");
	if (standard && !nodes && !scheme && !host)
		return read_standard(request, peer, standard, proxies, n);
	size_t trusted = address_trusted(peer, nodes, proxies, n);
	if (trusted && scheme)
		set_scheme(request, element_of_proxy(scheme, trusted, request->arena));
	if (trusted && host)
		request->forwarded_host = element_of_proxy(host, trusted, request->arena);
	return address_client(peer, nodes, proxies, n, request->arena);
}

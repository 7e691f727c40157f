/* A host comes from the client and ends up in a Location, so it is checked byte by byte. */
#include "http/origin.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/span.h"

enum { HOST_MAX = 253, HTTP_PORT = 80, HTTPS_PORT = 443 };

/* Names as in DNS and hosts files: labels of letters, digits, "-" and "_", separated by single dots. */
static bool is_host_name(struct span host)
{
	if (!host.length || host.length > HOST_MAX || host.bytes[0] == '.')
		return false;
	for (size_t i = 0; i < host.length; i++) {
		char c = host.bytes[i];
		if (c == '.' ? host.bytes[i - 1] == '.' : !ascii_is_alphanumeric(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

static bool is_ipv6(struct span bracketed)
{
	char address[INET6_ADDRSTRLEN] = "";
	struct in6_addr ignored;
	if (bracketed.length < 4 || bracketed.length - 2 >= sizeof address)
		return false;
	memcpy(address, bracketed.bytes + 1, bracketed.length - 2);
	return inet_pton(AF_INET6, address, &ignored) == 1;
}

static bool port_read(struct span digits, unsigned *port)
{
	char text[6] = "";
	uint64_t number;
	if (digits.length >= sizeof text)
		return false;
	memcpy(text, digits.bytes, digits.length);
	if (!number_read(text, 65535, &number) || number == 0)
		return false;
	*port = (unsigned)number;
	return true;
}

static bool is_https(const struct origin *origin)
{
	return strcmp(origin->scheme, "https") == 0;
}

bool origin_host_read(struct span text, struct origin *origin)
{
	bool literal = text.length && text.bytes[0] == '[';
	const char *end = text.length ? memchr(text.bytes, literal ? ']' : ':', text.length) : NULL;
	if (literal && !end)
		return false;
	size_t length = end ? (size_t)(end - text.bytes) + literal : text.length;
	origin->host = (struct span){text.bytes, length};
	if (literal ? !is_ipv6(origin->host) : !is_host_name(origin->host))
		return false;
	origin->port = is_https(origin) ? HTTPS_PORT : HTTP_PORT;
	struct span port = {text.bytes + length, text.length - length};
	if (!port.length || span_is(port, ":"))
		return true;
	return port.bytes[0] == ':' && port_read((struct span){port.bytes + 1, port.length - 1}, &origin->port);
}

bool origin_read(const char *url, struct origin *origin, const char **rest)
{
	static const struct {
		const char *prefix, *scheme;
	} schemes[] = {{"http://", "http"}, {"https://", "https"}};
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i].prefix);
		if (strncasecmp(url, schemes[i].prefix, n) != 0)
			continue;
		origin->scheme = schemes[i].scheme;
		size_t length = strcspn(url + n, "/?#");
		*rest = url + n + length;
		return origin_host_read((struct span){url + n, length}, origin);
	}
	return false;
}

bool origin_same(const struct origin *a, const struct origin *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && a->port == b->port && span_same(a->host, b->host);
}

void origin_write(struct text *text, const struct origin *origin)
{
	text_format(text, "%s://", origin->scheme);
	for (size_t i = 0; i < origin->host.length; i++) {
		char c = origin->host.bytes[i];
		text_byte(text, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
	if (origin->port != (is_https(origin) ? HTTPS_PORT : HTTP_PORT))
		text_format(text, ":%u", origin->port);
}

static char lower_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool origin_app_write(struct text *text, const char *url)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", others[] = "0123456789+-.";
	const char *end = strstr(url, "://");
	struct origin origin = {.scheme = "app"};
	if (!end || end == url || !strchr(letters, *url) || strncasecmp(url, "http:", 5) == 0 || strncasecmp(url, "https:", 6) == 0 ||
		strncasecmp(url, "ftp:", 4) == 0)
		return false;
	for (const char *c = url; c < end; c++)
		if (!strchr(letters, *c) && !strchr(others, *c))
			return false;
	struct span host = {end + 3, strcspn(end + 3, "/?#")};
	if (!origin_host_read(host, &origin))
		return false;
	for (const char *c = url; c < host.bytes + host.length; c++)
		text_byte(text, lower_letter(*c));
	return true;
}

/*
 * Accept is read element by element. For each offer the most specific range that covers it gives the quality: a
 * type with parameters before the type, that before "type/" + "*", that before "*" + "/" + "*". Qualities are whole
 * thousandths. An element that can't be read is passed over, as RFC 9110 leaves open; "*" alone, which old Java
 * clients send, is read as the range for everything, and ".2" as 0.2.
 */
#include "http/media.h"

#include <string.h>

#include "base/ascii.h"
#include "base/text.h"

struct media_range {
	struct span type, subtype, parameters;
	int quality;
};

/* Takes what stands before the next separator that no quoted string holds; false behind the last. */
static bool next_part(const char **rest, const char *end, char separator, struct span *part)
{
	const char *at = *rest;
	bool quoted = false;
	if (!at)
		return false;
	for (; at < end && (quoted || *at != separator); at++) {
		if (quoted && *at == '\\' && at + 1 < end)
			at++;
		else if (*at == '"')
			quoted = !quoted;
	}
	*part = span_trim((struct span){*rest, (size_t)(at - *rest)});
	*rest = at < end ? at + 1 : NULL;
	return true;
}

static struct span after(struct span whole, size_t n)
{
	return n < whole.length ? (struct span){whole.bytes + n, whole.length - n} : (struct span){"", 0};
}

bool media_is(const char *content_type, const char *type)
{
	if (!content_type)
		return false;
	struct span essence = span_trim(span_before(span_of(content_type), ';'));
	return span_same(essence, span_of(type));
}

/* RFC 9110 §12.4.2; a missing leading zero is forgiven. */
int media_quality_read(struct span text)
{
	int whole = 0, thousandths = 0, scale = 100;
	size_t i = 0;
	if (text.length && (text.bytes[0] == '0' || text.bytes[0] == '1'))
		whole = text.bytes[i++] - '0';
	if (i < text.length && text.bytes[i] == '.') {
		for (i++; i < text.length && text.bytes[i] >= '0' && text.bytes[i] <= '9'; i++, scale /= 10)
			thousandths += (text.bytes[i] - '0') * scale;
	}
	if (!text.length || i < text.length || (whole && thousandths))
		return MEDIA_NO_QUALITY;
	return whole ? MEDIA_QUALITY_ONE : thousandths;
}

/* The next "name=value" of a parameter list; a value keeps its quotes. */
static bool next_parameter(const char **rest, const char *end, struct span *name, struct span *value)
{
	struct span part;
	while (*rest && *rest < end && next_part(rest, end, ';', &part)) {
		if (!part.length)
			continue;
		*name = span_trim(span_before(part, '='));
		*value = span_trim(after(part, span_before(part, '=').length + 1));
		return true;
	}
	return false;
}

bool media_is_token(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];
		if (!ascii_is_alphanumeric(c) && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return text.length > 0;
}

static bool read_media_range(struct span element, struct media_range *range)
{
	struct span name = span_trim(span_before(element, ';')), key, value;
	range->type = span_trim(span_before(name, '/'));
	range->subtype = span_trim(after(name, span_before(name, '/').length + 1));
	if (span_is(name, "*"))
		range->subtype = range->type;
	range->parameters = after(element, span_before(element, ';').length + 1);
	range->quality = MEDIA_QUALITY_ONE;
	const char *rest = range->parameters.bytes, *end = rest + range->parameters.length;
	while (next_parameter(&rest, end, &key, &value))
		if (span_same(key, span_of("q"))) {
			range->quality = media_quality_read(value);
			range->parameters.length = (size_t)(key.bytes - range->parameters.bytes);
			break;
		}
	bool any_type = span_is(range->type, "*"), any_subtype = span_is(range->subtype, "*");
	return media_is_token(range->type) && media_is_token(range->subtype) && range->quality != MEDIA_NO_QUALITY &&
		(!any_type || any_subtype);
}

static struct span unquoted(struct span value)
{
	bool quoted = value.length >= 2 && value.bytes[0] == '"' && value.bytes[value.length - 1] == '"';
	return quoted ? (struct span){value.bytes + 1, value.length - 2} : value;
}

static bool offer_has(struct span offered, struct span name, struct span value)
{
	struct span key, held;
	const char *rest = offered.bytes;
	while (next_parameter(&rest, offered.bytes + offered.length, &key, &held))
		if (span_same(key, name) && span_same(unquoted(held), unquoted(value)))
			return true;
	return false;
}

static bool names(struct span offered, struct span name)
{
	struct span key, held;
	const char *rest = offered.bytes;
	while (next_parameter(&rest, offered.bytes + offered.length, &key, &held))
		if (span_same(key, name))
			return true;
	return false;
}

/* How closely the range covers the offer; 0 where it does not. A charset is asked for out of habit, also where an offer has none. */
static int closeness(const struct media_range *range, const char *offer)
{
	enum { ANY = 1, ANY_SUBTYPE, BUT_FOR_CHARSET, SAME };
	struct span whole = span_of(offer), name = span_trim(span_before(whole, ';')), key, value;
	struct span parameters = after(whole, span_before(whole, ';').length + 1);
	if (span_is(range->type, "*"))
		return ANY;
	if (!span_same(range->type, span_before(name, '/')))
		return 0;
	if (span_is(range->subtype, "*"))
		return ANY_SUBTYPE;
	if (!span_same(range->subtype, after(name, span_before(name, '/').length + 1)))
		return 0;
	int close = SAME;
	const char *rest = range->parameters.bytes, *end = rest + range->parameters.length;
	while (next_parameter(&rest, end, &key, &value))
		if (offer_has(parameters, key, value))
			close++;
		else if (span_same(key, span_of("charset")) && !names(parameters, key))
			close = BUT_FOR_CHARSET;
		else
			return 0;
	return close;
}

struct span media_parameter(const char *content_type, const char *name, struct arena *arena)
{
	struct text text = {.arena = arena};
	struct span whole = span_of(content_type), key, value;
	struct span parameters = after(whole, span_before(whole, ';').length + 1);
	const char *rest = parameters.bytes;
	while (next_parameter(&rest, parameters.bytes + parameters.length, &key, &value)) {
		if (!span_same(key, span_of(name)))
			continue;
		struct span plain = unquoted(value);
		bool quoted = plain.length != value.length;
		for (size_t i = 0; i < plain.length; i++) {
			i += quoted && plain.bytes[i] == '\\' && i + 1 < plain.length; /* a quoted pair */
			text_byte(&text, plain.bytes[i]);
		}
		break;
	}
	return (struct span){text_string(&text), text.length};
}

bool media_repeats_parameter(const char *content_type, const char *name)
{
	struct span whole = span_of(content_type), key, value;
	struct span parameters = after(whole, span_before(whole, ';').length + 1);
	const char *rest = parameters.bytes;
	size_t n = 0;
	while (next_parameter(&rest, parameters.bytes + parameters.length, &key, &value))
		n += span_same(span_before(key, '*'), span_of(name)) ? 1 : 0;
	return n > 1;
}

int media_quality(const char *accept, const char *offer)
{
	const char *rest = accept, *end = accept ? accept + strlen(accept) : NULL;
	struct span element;
	struct media_range range;
	int quality = 0, closest = 0;
	bool any = false;
	while (next_part(&rest, end, ',', &element)) {
		if (!read_media_range(element, &range))
			continue;
		any = true;
		int close = closeness(&range, offer);
		if (close > closest) {
			closest = close;
			quality = range.quality;
		}
	}
	return any ? quality : MEDIA_QUALITY_ONE;
}

int media_choose(const char *accept, const char *const offers[], size_t n)
{
	int best = -1, best_quality = 0;
	for (size_t i = 0; i < n; i++) {
		int quality = media_quality(accept, offers[i]);
		if (quality > best_quality) {
			best = (int)i;
			best_quality = quality;
		}
	}
	return best;
}

bool media_lists(const char *list, const char *word)
{
	const char *end = list ? list + strlen(list) : NULL;
	struct span element;
	while (next_part(&list, end, ',', &element))
		if (span_same(span_trim(span_before(element, ';')), span_of(word)))
			return true;
	return false;
}

/*
 * Lookup (RFC 4647 §3.4), weighted by quality (RFC 9110 §12.5.4). A range matches the offer that it names or, failing that, what
 * remains of it when subtags are dropped from its end: "de-AT" matches "de". Beyond lookup, as people expect, a range also matches a
 * more specific offer ("pt" matches "pt-BR"), unless a longer range names that offer. "*" matches offers that no other range matches.
 * A range with quality 0 excludes what it names and everything more specific that no longer range asks for, but nothing that it
 * would match by dropping subtags. Elements that cannot be read are skipped.
 */
#include "http/language.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/span.h"
#include "http/media.h"

enum { RANGES_MAX = 32, TAG_MAX = 35, SUBTAG_MAX = 8 };

enum { NO_FIT, ANY_FIT, DETAIL_FIT, CUT_FIT }; /* later ones are better; the number of matching bytes is added to CUT_FIT */

struct language_range {
	struct span tag;
	int quality;
};

struct wish {
	int quality; /* 0: the offer is not acceptable */
	size_t range, fit;
};

/* RFC 5646 §2.1; whether the subtags are registered is not checked. */
static bool is_tag(struct span text)
{
	size_t subtag = 0;
	bool first = true;
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];
		if (c == '-' && subtag) {
			subtag = 0;
			first = false;
			continue;
		}
		bool digit = ascii_is_digit(c);
		if (!ascii_is_alphanumeric(c) || (digit && first) || ++subtag > SUBTAG_MAX)
			return false;
	}
	return subtag && text.length <= TAG_MAX;
}

bool language_is_tag(const char *text)
{
	return is_tag(span_of(text));
}

static bool read_language_range(struct span element, struct language_range *range)
{
	const char *semicolon = element.length ? memchr(element.bytes, ';', element.length) : NULL;
	range->tag = element;
	range->quality = MEDIA_QUALITY_ONE;
	if (semicolon) {
		range->tag = span_trim((struct span){element.bytes, (size_t)(semicolon - element.bytes)});
		struct span weight = span_trim((struct span){semicolon + 1, element.length - (size_t)(semicolon + 1 - element.bytes)});
		if (weight.length < 2 || strncasecmp(weight.bytes, "q=", 2) != 0)
			return false;
		range->quality = media_quality_read((struct span){weight.bytes + 2, weight.length - 2});
	}
	return (is_tag(range->tag) || span_is(range->tag, "*")) && range->quality != MEDIA_NO_QUALITY;
}

/* Reads up to RANGES_MAX ranges; later ones are ignored. */
static size_t read_language_ranges(const char *header, struct language_range ranges[])
{
	size_t n = 0;
	while (header && n < RANGES_MAX) {
		size_t length = strcspn(header, ",");
		n += read_language_range(span_trim((struct span){header, length}), &ranges[n]);
		header = header[length] ? header + length + 1 : NULL;
	}
	return n;
}

/* Returns true if the tag equals the start or is more specific. */
static bool begins(struct span tag, struct span start)
{
	return tag.length >= start.length && strncasecmp(tag.bytes, start.bytes, start.length) == 0 &&
		(tag.length == start.length || tag.bytes[start.length] == '-');
}

/* RFC 4647 §3.4: a shortened range never ends in a subtag of one character, which is dropped with the one that it introduces. */
static bool can_be_left(struct span tag)
{
	return tag.length > 1 && tag.bytes[tag.length - 2] != '-';
}

/* The less was dropped, the better. */
static size_t fit_of(struct span range, struct span offer)
{
	bool exact = range.length == offer.length;
	if (begins(range, offer) && (exact || can_be_left(offer)))
		return CUT_FIT + offer.length;
	return begins(offer, range) ? DETAIL_FIT : NO_FIT;
}

/* Returns the longest range that equals the offer or is less specific. */
static const struct language_range *closest(const struct language_range *ranges, size_t n, struct span offer)
{
	const struct language_range *best = NULL;
	for (size_t i = 0; i < n; i++)
		if (begins(offer, ranges[i].tag) && (!best || ranges[i].tag.length > best->tag.length))
			best = &ranges[i];
	return best;
}

static struct wish wish_for(struct span offer, const struct language_range *ranges, size_t n)
{
	const struct language_range *own = closest(ranges, n, offer);
	struct wish best = {.quality = 0};
	if (own && own->quality == 0)
		return best;
	for (size_t i = 0; i < n; i++) {
		size_t fit = fit_of(ranges[i].tag, offer);
		if ((fit >= CUT_FIT || (fit && &ranges[i] == own)) && ranges[i].quality > best.quality)
			best = (struct wish){ranges[i].quality, i, fit};
	}
	for (size_t i = 0; i < n && best.fit <= ANY_FIT; i++)
		if (span_is(ranges[i].tag, "*") && ranges[i].quality > best.quality)
			best = (struct wish){ranges[i].quality, i, ANY_FIT};
	return best;
}

static bool is_stronger(struct wish a, struct wish b)
{
	if (a.quality != b.quality)
		return a.quality > b.quality;
	return a.range != b.range ? a.range < b.range : a.fit > b.fit;
}

int language_choose(const char *accept_language, const char *const offers[], size_t n)
{
	struct language_range ranges[RANGES_MAX];
	size_t known = read_language_ranges(accept_language, ranges), best = 0;
	struct wish strongest = {.quality = 0};
	for (size_t i = 0; i < n; i++) {
		struct wish wish = wish_for(span_of(offers[i]), ranges, known);
		if (is_stronger(wish, strongest)) {
			strongest = wish;
			best = i;
		}
	}
	return (int)best;
}

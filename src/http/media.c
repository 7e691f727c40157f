/*
 * Accept is read element by element. For each offer the most specific range that covers it decides its quality: a type with
 * parameters, then a type, then "type/" + "*", then "*" + "/" + "*". Qualities are whole thousandths. Of offers with the same quality,
 * one that is named comes before those that only a wildcard covers: scripts send "application/json, text/plain, *" + "/" + "*" and mean
 * JSON. An element that cannot be read is skipped, which RFC 9110 leaves open; "*" alone, which old Java clients send, is read as the
 * range for everything, and ".2" as 0.2.
 */
#include "http/media.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/text.h"

struct media_range {
	struct span type, subtype, parameters;
	int quality;
};

/* Takes the part before the next separator outside of a quoted string; returns false after the last part. */
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

/* RFC 9110 §12.4.2; a leading zero may be missing. */
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

/* Takes the next "name=value" of a parameter list; a value keeps its quotes. */
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

static bool ends_in_json(struct span subtype)
{
	static const char suffix[] = "+json";
	size_t n = sizeof suffix - 1;
	return subtype.length > n && strncasecmp(subtype.bytes + subtype.length - n, suffix, n) == 0;
}

bool media_is_json(const char *content_type)
{
	struct span essence = span_trim(span_before(span_of(content_type ? content_type : ""), ';')), type = span_before(essence, '/');
	return media_is(content_type, "application/json") ||
		(span_same(type, span_of("application")) && ends_in_json(after(essence, type.length + 1)));
}

/* How closely a range covers an offer; from RELATED on it names it. */
enum closeness { APART, ANY, ANY_SUBTYPE, RELATED, BUT_FOR_PARAMETERS, SAME };

/* A range for application/vnd.api+json and its like is one for JSON, except that for JSON-LD, which has offers of its own. */
static bool is_for_json(const struct media_range *range, struct span offered)
{
	return span_same(offered, span_of("application/json")) && span_same(range->type, span_of("application")) &&
		ends_in_json(range->subtype) && !span_same(range->subtype, span_of("ld+json"));
}

/* The more parameters are the same, the closer. One that the offer does not have is ignored; another value is another type. */
static int closeness_of(const struct media_range *range, const char *offer)
{
	struct span whole = span_of(offer), name = span_trim(span_before(whole, ';')), key, value;
	struct span parameters = after(whole, span_before(whole, ';').length + 1);
	if (span_is(range->type, "*"))
		return ANY;
	if (is_for_json(range, name))
		return RELATED;
	if (!span_same(range->type, span_before(name, '/')))
		return APART;
	if (span_is(range->subtype, "*"))
		return ANY_SUBTYPE;
	if (!span_same(range->subtype, after(name, span_before(name, '/').length + 1)))
		return APART;
	int same = 0;
	bool lacks = false;
	const char *rest = range->parameters.bytes, *end = rest + range->parameters.length;
	while (next_parameter(&rest, end, &key, &value))
		if (offer_has(parameters, key, value))
			same++;
		else if (!names(parameters, key))
			lacks = true;
		else
			return APART;
	return lacks ? BUT_FOR_PARAMETERS : SAME + same;
}

/* A client that asks for JSON can read JSON-LD, and the other way round. */
static const char *kin_of(const char *offer)
{
	return media_is(offer, "application/ld+json") ? "application/json"
		: media_is(offer, "application/json") ? "application/ld+json"
						      : NULL;
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
			i += quoted && plain.bytes[i] == '\\' && i + 1 < plain.length; /* quoted pair */
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

/* What the range that is closest to an offer says of it. */
struct verdict {
	int closest, quality;
};

/* Finds the verdict on each of some offers; returns false if no range can be read. */
static bool judge_offers(const char *accept, const char *const offers[], size_t n, struct verdict verdicts[])
{
	const char *rest = accept, *end = accept ? accept + strlen(accept) : NULL;
	struct span element;
	struct media_range range;
	bool any = false;
	for (size_t i = 0; i < n; i++)
		verdicts[i] = (struct verdict){APART, 0};
	while (next_part(&rest, end, ',', &element)) {
		if (!read_media_range(element, &range))
			continue;
		any = true;
		for (size_t i = 0; i < n; i++) {
			int close = closeness_of(&range, offers[i]);
			if (close > verdicts[i].closest)
				verdicts[i] = (struct verdict){close, range.quality};
		}
	}
	return any;
}

static int rank_of(struct verdict verdict)
{
	return verdict.quality ? 2 * verdict.quality + (verdict.closest >= RELATED) : 0;
}

int media_rank(const char *accept, const char *offer)
{
	struct verdict verdict;
	return judge_offers(accept, &offer, 1, &verdict) ? rank_of(verdict) : 2 * MEDIA_QUALITY_ONE;
}

bool media_is_named(int rank)
{
	return rank % 2 != 0;
}

int media_rank_kin(const char *accept, const char *offer)
{
	const char *kin = kin_of(offer);
	int rank = kin ? media_rank(accept, kin) : 0;
	struct verdict verdict;
	bool refused = judge_offers(accept, &offer, 1, &verdict) && verdict.closest >= RELATED; /* by a quality of 0 */
	return media_is_named(rank) && !refused ? rank : 0;
}

/* Returns the index of the highest rank, the first of equal ones, or -1 if all are 0. */
static int highest_of(const int ranks[], size_t n)
{
	int best = -1;
	for (size_t i = 0; i < n; i++)
		if (ranks[i] > (best < 0 ? 0 : ranks[best]))
			best = (int)i;
	return best;
}

int media_choose(const char *accept, const char *const offers[], size_t n)
{
	struct verdict verdicts[MEDIA_OFFERS];
	int ranks[MEDIA_OFFERS];
	if (!judge_offers(accept, offers, n, verdicts))
		return 0; /* whatever there is */
	for (size_t i = 0; i < n; i++)
		ranks[i] = rank_of(verdicts[i]);
	int best = highest_of(ranks, n);
	for (size_t i = 0; i < n && best < 0; i++)
		ranks[i] = media_rank_kin(accept, offers[i]);
	return best < 0 ? highest_of(ranks, n) : best;
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

int media_profile_quality(const char *accept_profile, const char *accept, const char *profile)
{
	size_t n = strlen(profile);
	for (const char *at = accept_profile; at && (at = strchr(at, '<')); at++) {
		if (strncmp(at + 1, profile, n) != 0 || at[1 + n] != '>')
			continue;
		const char *rest = at + n + 2, *q = rest + strspn(rest, " \t;");
		if (q == rest || strncasecmp(q, "q=", 2) != 0)
			return MEDIA_QUALITY_ONE;
		int quality = media_quality_read((struct span){q + 2, strcspn(q + 2, " \t,;")});
		return quality == MEDIA_NO_QUALITY ? 0 : quality;
	}
	for (const char *at = accept; at && (at = strstr(at, "profile=\"")); at++) {
		const char *named = at + sizeof "profile=\"" - 1;
		if (strncmp(named, profile, n) == 0 && named[n] == '"')
			return MEDIA_QUALITY_ONE;
	}
	return 0;
}

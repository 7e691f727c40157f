/*
 * A thing is answered with 303 to the description that the client wants most, and links to the others. The answer never represents the
 * thing itself, so conditional requests don't turn it into a 304.
 */
#include "answer/thing.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "answer/next.h"
#include "answer/page.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "http/language.h"
#include "http/media.h"
#include "keep/map.h"

/* A description of the thing, and where it is. */
struct description {
	const char *type, *language; /* or NULL */
	const char *uri;
	const char *profile; /* or NULL */
};

static size_t from_config(const struct exchange *exchange, struct description *into)
{
	const struct thing *thing = exchange->thing;
	for (size_t i = 0; i < thing->representations_n; i++) {
		const struct representation *one = &thing->representations[i];
		struct text uri = {.arena = exchange->arena};
		route_fill(&uri, one->target, &exchange->captures);
		const char *whole = next_with_query(exchange, next_absolute(exchange, text_string(&uri)), thing->query);
		into[i] = (struct description){one->type, one->language, whole, one->profile};
	}
	return thing->representations_n;
}

/* Finds the descriptions of the exchange's thing; gives their number, or -1 with the reason logged if its map can't be read. */
static int find_descriptions(struct exchange *exchange, struct description **into)
{
	const struct thing *thing = exchange->thing;
	struct map_entry entries[MAP_ENTRIES];
	*into = arena_take(exchange->arena, (thing->representations_n + MAP_ENTRIES) * sizeof **into);
	if (!thing->map)
		return (int)from_config(exchange, *into);
	int n = map_find(
		&exchange->maps[thing - exchange->config->things], thing->map, route_first(&exchange->captures), exchange->arena, entries);
	if (n < 0 && errno == EILSEQ)
		diag_error("%s.cdb: is damaged, so the thing was answered 503; run \"seeother map\"", thing->map);
	else if (n < 0)
		diag_system("%s.cdb: can't be read, so the thing was answered 503; run \"seeother map\"", thing->map);
	for (int i = 0; i < n; i++)
		(*into)[i] = (struct description){
			entries[i].type, NULL, next_with_query(exchange, next_absolute(exchange, entries[i].target), thing->query), NULL};
	return n;
}

static bool same_type(const struct description *a, const struct description *b)
{
	return a->type && b->type ? strcasecmp(a->type, b->type) == 0 : a->type == b->type;
}

/* Tells whether two descriptions differ in their language at most. */
static bool same_kind(const struct description *a, const struct description *b)
{
	return same_type(a, b) && (a->profile && b->profile ? strcmp(a->profile, b->profile) == 0 : a->profile == b->profile);
}

/* Chooses by language among the descriptions of one type and profile (RFC 9110 §12.5.4); one without a language is the fallback. */
static int choose_by_language(const struct exchange *exchange, const struct description *all, int n, int first)
{
	const char **tags = arena_take(exchange->arena, ((size_t)n + 1) * sizeof *tags);
	int *places = arena_take(exchange->arena, ((size_t)n + 1) * sizeof *places), count = 0;
	for (int i = first; i < n && !count; i++)
		if (!all[i].language && same_kind(&all[i], &all[first])) {
			tags[count] = ""; /* matches no range, and the first offer is the fallback */
			places[count++] = i;
		}
	for (int i = first; i < n; i++)
		if (all[i].language && same_kind(&all[i], &all[first])) {
			tags[count] = all[i].language;
			places[count++] = i;
		}
	return places[language_choose(request_variable(exchange->request, "HTTP_ACCEPT_LANGUAGE"), tags, (size_t)count)];
}

/*
 * Chooses by profile among the descriptions of the type of the first: the one that Accept-Profile (Content Negotiation by Profile, W3C)
 * or a profile parameter in Accept (RFC 6906) wants most, else the first.
 */
static int choose_by_profile(const struct exchange *exchange, const struct description *all, int n, int first)
{
	int best = first, best_quality = 0;
	for (int i = first; i < n; i++) {
		if (!all[i].profile || !same_type(&all[i], &all[first]))
			continue;
		int quality = media_profile_quality(
			request_variable(exchange->request, "HTTP_ACCEPT_PROFILE"), exchange->request->accept, all[i].profile);
		if (quality > best_quality) {
			best = i;
			best_quality = quality;
		}
	}
	return best;
}

/* Finds the description with the highest rank; a tie goes to the default, then to the first. -1 if all ranks are 0. */
static int find_best(const struct exchange *exchange, const struct description *all, int n, int rank(const char *, const char *))
{
	const char *preset = exchange->thing->preset;
	int best = -1, highest = 0;
	for (int i = 0; i < n; i++) {
		int own = all[i].type ? rank(exchange->request->accept, all[i].type) : rank == media_rank;
		int weight = own ? 2 * own + (preset && all[i].type && strcasecmp(all[i].type, preset) == 0) : 0;
		if (weight > highest) {
			best = i;
			highest = weight;
		}
	}
	return best;
}

/* Chooses by media type; -1 if the client accepts none. */
static int choose_description(const struct exchange *exchange, const struct description *all, int n)
{
	int best = find_best(exchange, all, n, media_rank);
	if (best < 0 || !all[best].type) {
		int kin = find_best(exchange, all, n, media_rank_kin);
		best = kin < 0 ? best : kin;
	}
	return best < 0 ? -1 : choose_by_language(exchange, all, n, choose_by_profile(exchange, all, n, best));
}

/* Chooses for a client that accepts none of the types, if the thing is not strict. */
static int fall_back(const struct exchange *exchange, const struct description *all, int n)
{
	const char *preset = exchange->thing->preset;
	for (int i = 0; i < n; i++)
		if (preset && all[i].type && strcasecmp(all[i].type, preset) == 0)
			return choose_by_language(exchange, all, n, i);
	return choose_by_language(exchange, all, n, 0);
}

/* Adds Link (RFC 8288): the chosen one describes the thing, the others are alternates. */
static void put_links(struct exchange *exchange, const struct description *all, int n, int chosen)
{
	struct text links = {.arena = exchange->arena};
	for (int i = 0; i < n; i++) {
		text_format(&links, "%s<%s>; rel=\"%s\"", i ? ", " : "", all[i].uri, i == chosen ? "describedby" : "alternate");
		if (all[i].type)
			text_format(&links, "; type=\"%s\"", all[i].type);
		if (all[i].profile)
			text_format(&links, "; profile=\"%s\"", all[i].profile);
		if (all[i].language)
			text_format(&links, "; hreflang=\"%s\"", all[i].language);
	}
	response_header(exchange->response, "Link", "%s", text_string(&links));
}

static void put_list(struct text *out, const struct description *all, int n, int but)
{
	text_put(out, "<ul>\n");
	for (int i = 0; i < n; i++)
		if (i != but)
			escape_markup(out, "<li><a href=\"%s\">%s</a>%s%s%s%s</li>\n", all[i].uri, all[i].uri, all[i].type ? ", " : "",
				all[i].type ? all[i].type : "", all[i].language ? ", " : "", all[i].language ? all[i].language : "");
	text_put(out, "</ul>\n");
}

static void put_choice(struct exchange *exchange, const struct description *all, int n)
{
	bool languages = false, profiles = false;
	for (int i = 0; i < n; i++) {
		languages |= all[i].language != NULL;
		profiles |= all[i].profile != NULL;
	}
	response_vary(exchange->response, "Accept");
	if (profiles)
		response_vary(exchange->response, "Accept-Profile");
	if (languages)
		response_vary(exchange->response, "Accept-Language");
}

static void refuse_types(struct exchange *exchange, const struct description *all, int n)
{
	struct text detail = {.arena = exchange->arena};
	put_choice(exchange, all, n);
	put_links(exchange, all, n, -1);
	text_put(&detail, exchange_say(exchange, MESSAGE_DESCRIBED_AS));
	bool listed = page_wants_json(exchange);
	for (int i = 0; i < n && listed; i++)
		text_format(&detail, "%s %s (%s%s%s)", i ? "," : "", all[i].uri, all[i].type ? all[i].type : "*/*",
			all[i].language ? ", " : "", all[i].language ? all[i].language : "");
	if (page_problem_begin(exchange, 406, text_string(&detail))) {
		put_list(&exchange->response->body, all, n, -1);
		page_end(exchange);
	}
}

static void redirect_to(struct exchange *exchange, const struct description *all, int n, int chosen)
{
	struct text others = {.arena = exchange->arena};
	bool private = false;
	for (int i = 0; i < n; i++)
	private |= exchange_host_in(exchange, all[i].uri);
	if (config_leads_back(exchange->config, exchange->request->root, all[chosen].uri, NULL, exchange->arena)) {
		diag_error("thing %s: its target %s is a thing or forward of this site again; answered 500", exchange->thing->name,
			all[chosen].uri);
		page_problem(exchange, 500, MESSAGE_SEE_LOG);
		return;
	}
	put_choice(exchange, all, n);
	put_links(exchange, all, n, chosen);
	exchange_cache_for(exchange, exchange->thing->cache, private);
	if (n > 1) {
		escape_markup(&others, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_OTHERS));
		put_list(&others, all, n, chosen);
	}
	page_redirect(exchange, 303, all[chosen].uri, text_string(&others));
}

/* Gives what a target ends in behind a hole of that name, such as .ttl; empty if that is no ending of a file's name. */
static struct span ending_of(const char *target, struct span hole)
{
	const char *brace = strrchr(target, '}'), *name = brace ? brace - hole.length : NULL;
	if (!brace || name <= target || name[-1] != '{' || memcmp(name, hole.bytes, hole.length) != 0)
		return (struct span){"", 0};
	return brace[1] == '.' && !strpbrk(brace + 1, "/?#%") ? span_of(brace + 1) : (struct span){"", 0};
}

/*
 * Finds the description that the path names by its ending, as /id/ada.ttl does if one leads to /people/{name}.ttl, and takes the ending
 * off what the hole stands for; -1 if there is none. Without this, the page of ada.ttl would be looked for at /people/ada.ttl.html.
 */
static int named_by_ending(struct exchange *exchange)
{
	const struct thing *thing = exchange->thing;
	struct captures *captures = &exchange->captures;
	size_t longest = 0;
	int named = -1;
	if (!captures->n || thing->path[strlen(thing->path) - 1] != '}')
		return -1;
	struct span *raw = &captures->holes[captures->n - 1].raw, *text = &captures->holes[captures->n - 1].text;
	for (size_t i = 0; i < thing->representations_n; i++) {
		struct span ending = ending_of(thing->representations[i].target, captures->holes[captures->n - 1].name);
		if (ending.length > longest && ending.length < raw->length &&
			memcmp(raw->bytes + raw->length - ending.length, ending.bytes, ending.length) == 0) {
			named = (int)i;
			longest = ending.length;
		}
	}
	raw->length -= longest;
	text->length -= longest;
	return named;
}

void thing_answer(struct exchange *exchange)
{
	struct description *all;
	int named = named_by_ending(exchange), n = find_descriptions(exchange, &all);
	if (n < 0) {
		page_unavailable(exchange, MESSAGE_NOT_TO_BE_HAD);
		return;
	}
	if (n == 0) {
		page_problem(exchange, 404, MESSAGE_NO_THING);
		return;
	}
	int chosen = named >= 0 ? named : choose_description(exchange, all, n);
	if (chosen < 0 && !exchange->thing->strict)
		chosen = fall_back(exchange, all, n);
	if (chosen < 0)
		refuse_types(exchange, all, n);
	else
		redirect_to(exchange, all, n, chosen);
}

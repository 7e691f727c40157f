/* Media types: what a body is, and which representation an Accept header wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "http/media.h"

/* What the program offers of an outcome, and what somebody may offer of a thing. */
static const char *const pages[] = {"text/html;charset=utf-8", "application/json"};
static const char *const data[] = {"text/html", "text/turtle", "application/ld+json", "application/rdf+xml"};

enum { HTML, JSON, TURTLE = 1, LD, RDF, NONE = -1 };

/* A header and which page, which data is wanted. */
struct row {
	const char *accept;
	int page, data;
};

static void check(const struct row *rows, size_t n)
{
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		int page = media_choose(rows[i].accept, pages, sizeof pages / sizeof *pages);
		int datum = media_choose(rows[i].accept, data, sizeof data / sizeof *data);
		if (page == rows[i].page && datum == rows[i].data)
			continue;
		print_error("Accept: %s: page %d, not %d; data %d, not %d\n", rows[i].accept, page, rows[i].page, datum, rows[i].data);
		failed++;
	}
	assert_int_equal(failed, 0);
}

static const struct row sent_by_browsers[] = {
	/* Chromium: a navigation of today, with AVIF unknown, with signed exchanges unknown, in its first years */
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
	 "application/signed-exchange;v=b3;q=0.7", HTML, HTML},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.9", HTML, HTML},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,image/apng,*/*;q=0.8", HTML, HTML},
	{"application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5", HTML, HTML},
	/* its images and style sheets */
	{"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", HTML, HTML},
	{"text/css,*/*;q=0.1", HTML, HTML},
	/* Firefox of today, which is Safari's too; then Firefox with more image types, with WebP alone, 2, and its images */
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML, HTML},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8", HTML, HTML},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", HTML, HTML},
	{"text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5", HTML, HTML},
	{"image/png,image/*;q=0.8,*/*;q=0.5", HTML, HTML},
	/* Opera 12, Internet Explorer 8 twice, Edge 12, Konqueror, Lynx, w3m */
	{"text/html, application/xml;q=0.9, application/xhtml+xml, image/png, image/webp, image/jpeg, image/gif, image/x-xbitmap, */*;q=0.1", HTML, HTML},
	{"image/gif, image/jpeg, image/pjpeg, image/pjpeg, application/x-shockwave-flash, application/vnd.ms-excel, application/msword, */*", HTML, HTML},
	{"image/jpeg, application/x-ms-application, image/gif, application/xaml+xml, image/pjpeg, application/x-ms-xbap, */*", HTML, HTML},
	{"text/html, application/xhtml+xml, image/jxr, */*", HTML, HTML},
	{"text/html, image/jpeg;q=0.9, image/png;q=0.9, text/*;q=0.9, image/*;q=0.9, */*;q=0.8", HTML, HTML},
	{"text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01", HTML, HTML},
	{"text/html, text/*;q=0.5, image/*, application/*, audio/*, multipart/*", HTML, HTML},
	/* Googlebot; scripts in pages: jQuery, axios, htmx, Turbo, EventSource */
	{"text/html,application/xhtml+xml,application/signed-exchange;v=b3,application/xml;q=0.9,*/*;q=0.8", HTML, HTML},
	{"application/json, text/javascript, */*; q=0.01", JSON, HTML},
	{"application/json, text/plain, */*", JSON, HTML},
	{"text/html, */*; q=0.01", HTML, HTML},
	{"text/vnd.turbo-stream.html, text/html, application/xhtml+xml", HTML, HTML},
	{"text/event-stream", NONE, NONE},
};

static const struct row sent_by_programs[] = {
	/* curl, wget and fetch(); Java's HttpURLConnection; rdflib, by format, the slip with p= included */
	{"*/*", HTML, HTML},
	{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML, HTML},
	{"application/rdf+xml,text/rdf+n3;q=0.9,application/xhtml+xml;q=0.5, */*;q=0.1", HTML, RDF},
	{"text/turtle, application/x-turtle", NONE, TURTLE},
	{"text/n3, */*;q=0.1", HTML, HTML},
	{"application/ld+json, application/json;q=0.9, */*;q=0.1", JSON, LD},
	{"application/ld+json, application/json;p=0.9, */*;q=0.1", JSON, LD},
	{"text/n3;q=1,application/rdf+xml,text/rdf+n3;q=0.9,application/xhtml+xml;q=0.5, */*;q=0.1", HTML, RDF},
	/* Jena, three times, and programs on top of it */
	{"text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,*/*;q=0.3", HTML, TURTLE},
	{"text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7", JSON, TURTLE},
	{"text/turtle,application/n-triples;q=0.9,application/rdf+xml;q=0.8,application/xml;q=0.7", NONE, TURTLE},
	{"text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,text,*/*;q=0.5", HTML, TURTLE},
	{"application/sparql-results+json,application/sparql-results+xml;q=0.8,text/turtle,application/n-triples;q=0.9,application/rdf+xml;q=0.8", JSON, TURTLE},
	/* rapper and others that use raptor */
	{"application/rdf+xml, text/rdf;q=0.6, */*;q=0.1", HTML, RDF},
	{"application/rdf+xml, text/rdf;q=0.6", NONE, RDF},
	{"application/rdf+xml;q=1.0, text/rdf;q=0.6, application/n-triples;q=1.0, text/plain;q=0.1, text/turtle;q=1.0, application/x-turtle;q=1.0, "
	 "application/turtle;q=1.0, text/n3;q=0.3, text/rdf+n3;q=0.3, application/rdf+n3;q=0.3, application/x-trig;q=1.0, text/x-nquads;q=1.0, */*;q=0.1",
		HTML, TURTLE},
	/* a browser extension for RDF, Comunica, the OWL API, Mastodon, GitHub's clients, a DOI look-up */
	{"text/turtle,application/n-triples;q=0.9,application/rdf+xml;q=0.7,application/trig,application/n-quads;q=0.9,application/ld+json;q=0.8,*/*;q=0.5",
		HTML, TURTLE},
	{"application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,"
	 "application/json;q=0.45,text/n3;q=0.35,application/xml;q=0.3,image/svg+xml;q=0.3,text/html;q=0.2,application/xhtml+xml;q=0.18", JSON, LD},
	{"application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09", HTML, RDF},
	{"application/activity+json, application/ld+json", JSON, LD},
	{"application/vnd.github+json, application/json;q=0.9", JSON, LD},
	{"application/vnd.citationstyles.csl+json, application/rdf+xml", JSON, RDF},
	{"application/json", JSON, LD},
	{"application/xml, */*", HTML, HTML},
};

static const struct row made_up[] = {
	/* the field's own examples (RFC 9110 §12.5.1) */
	{"audio/*; q=0.2, audio/basic", NONE, NONE},
	{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", HTML, HTML},
	{"text/*, text/plain, text/plain;format=flowed, */*", HTML, HTML},
	{"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5", JSON, LD},
	/* not wanted at all */
	{"text/html;q=0", NONE, NONE},
	{"*/*;q=0", NONE, NONE},
	{"text/html;q=0, */*", JSON, TURTLE},
	{"*/*, text/html;q=0.0", JSON, TURTLE},
	{"text/html;q=0.000, application/json;q=0.001", JSON, LD},
	{"text/*;q=0, */*;q=0.1", JSON, LD},
	{"*/*;q=0, text/turtle;q=0.1", NONE, TURTLE},
	{"application/*;q=0, text/html;q=0, text/*", NONE, TURTLE},
	/* wildcards, the closer range going first wherever it stands */
	{"text/*", HTML, HTML},
	{"application/*", JSON, LD},
	{"application/*, text/html;q=0.9", JSON, LD},
	{"*/*;q=0.9, text/html;q=0.1", JSON, TURTLE},
	{"*/*;q=0.1, application/*;q=0.2, application/rdf+xml;q=0.3", JSON, RDF},
	{"text/*;q=0.9, text/html;q=0.2, application/*;q=0.5", JSON, TURTLE},
	{"application/json;q=0.2, */*;q=0.3, application/*;q=0.1", HTML, HTML},
	/* parameters: a range with one is closer than one without; one that an offer lacks is ignored, one with another value is not */
	{"text/html;charset=utf-8", HTML, HTML},
	{"text/html;charset=UTF-8;q=0.2, application/json;q=0.1", HTML, HTML},
	{"text/html;charset=\"utf-8\"", HTML, HTML},
	{"TEXT/HTML; Charset=Utf-8", HTML, HTML},
	{"text/html;charset=iso-8859-1, application/json;q=0.1", JSON, HTML},
	{"text/html;charset=utf-8;q=0.1, text/html;q=0.9, application/json;q=0.5", JSON, HTML},
	{"text/html;q=0.1, text/html;charset=utf-8;q=0.9, application/json;q=0.5", HTML, HTML},
	{"application/ld+json;profile=\"http://www.w3.org/ns/json-ld#compacted\", application/json;q=0.5", JSON, LD},
	{"application/ld+json;profile=\"a,b;q=0\", text/turtle;q=0.5", JSON, LD},
	{"text/turtle;x=\"\\\",*/*\", application/ld+json", JSON, TURTLE},
	/* ties go to what is named, then to the earlier offer, not to the earlier range */
	{"application/json, text/html", HTML, HTML},
	{"application/rdf+xml, application/ld+json, text/turtle", JSON, TURTLE},
	{"application/rdf+xml;q=0.5, application/ld+json;q=0.5", JSON, LD},
	{"application/json;q=1, text/html;q=1.000", HTML, HTML},
	/* quality to the thousandth */
	{"text/html;q=0.999, application/json", JSON, HTML},
	{"text/html;q=0.001, application/json;q=0.002", JSON, HTML},
	{"text/html;q=0.1, application/json;q=0.09, text/turtle;q=0.101", HTML, TURTLE},
	{"text/html;q=1., application/json", HTML, HTML},
	{"text/html;Q=0.5, application/json;Q=0.6", JSON, HTML},
	{"text/html ; q=0.5 , application/json ;\tq=0.6", JSON, HTML},
	{"text/html;q=0.5;ext=1, application/json;q=0.6;ext=\"a,b\"", JSON, HTML},
	/* names are those of any case; a longer or shorter one is another */
	{"Application/JSON, application/LD+json", JSON, LD},
	{"text/htm, text/html5, text/turtles, application/jsonp, application/ld+jsonx", NONE, NONE},
	{"text/json, application/html", NONE, NONE},
};

static const struct row named[] = {
	/* a wildcard's equal is less: axios, Angular, jQuery, and JSON:API, GraphQL, FHIR, HAL, Siren, problem details */
	{"application/json, text/plain, */*", JSON, HTML},
	{"*/*, application/json", JSON, HTML},
	{"application/json, */*;q=1.0", JSON, HTML},
	{"application/json;q=0.9, */*;q=0.9", JSON, HTML},
	{"application/json;q=0.8, */*;q=0.9", HTML, HTML},
	{"text/html, application/json, */*", HTML, HTML},
	{"application/*, application/rdf+xml", JSON, RDF},
	{"text/turtle, text/*, */*", HTML, TURTLE},
	{"application/vnd.api+json", JSON, LD},
	{"application/vnd.api+json; ext=\"https://jsonapi.org/ext/atomic\"; profile=\"https://x.example/p\"", JSON, LD},
	{"application/vnd.api+json, */*;q=0.1", JSON, HTML},
	{"application/graphql-response+json, application/json;q=0.9", JSON, LD},
	{"application/fhir+json, */*", JSON, HTML},
	{"application/hal+json, text/html;q=0.5", JSON, HTML},
	{"application/problem+json, text/html;q=0.5", JSON, HTML},
	{"application/json;q=0, application/vnd.api+json", NONE, NONE},
	{"application/vnd.api+json;q=0, */*", HTML, HTML},
	{"text/vnd.x+json, application/x+jsonx, application/+json", NONE, NONE},
	{"application/json;profile=x", JSON, LD},
	{"application/json;version=1.0;odata.metadata=minimal", JSON, LD},
	{"text/html;level=1, application/json;q=0.5", HTML, HTML},
	{"text/html;level=1;q=0.1, text/html;q=0.9, application/json;q=0.5", HTML, HTML},
	/* JSON-LD is JSON, and comes where nothing else is accepted */
	{"application/json, text/turtle;q=0.2", JSON, TURTLE},
	{"application/json, image/png", JSON, LD},
	{"application/json, application/ld+json;q=0", JSON, NONE},
	{"application/ld+json, */*;q=0.1", HTML, LD},
	{"application/ld+json", JSON, LD},
};

static const struct row malformed[] = {
	/* empty elements are no fault (§5.6.1.2) */
	{",", HTML, HTML},
	{", ,,application/json,, ,", JSON, LD},
	/* passed over: the rest still counts */
	{"text, application/json", JSON, LD},
	{"/, application/json", JSON, LD},
	{"text/, application/json", JSON, LD},
	{"/html, application/json", JSON, LD},
	{"*/html, application/json", JSON, LD},
	{"text/html;q=2, application/json;q=0.1", JSON, LD},
	{"text/html;q=-1, application/json;q=0.1", JSON, LD},
	{"text/html;q=, application/json;q=0.1", JSON, LD},
	{"text/html;q, application/json;q=0.1", JSON, LD},
	{"text/html;q=high, application/json;q=0.1", JSON, LD},
	{"text/html;q=1.5, application/json;q=0.1", JSON, LD},
	{"text/html;q=0,5, application/json;q=0.1", JSON, LD},
	{"text/html;q=\"0.5\", application/json;q=0.1", JSON, LD},
	{";q=1, application/json;q=0.1", JSON, LD},
	{"text/html;;q=0.1;, application/json;q=0.2", JSON, HTML},
	{"text/turtle;x=\"never ended, application/json", NONE, TURTLE},
	/* nothing in it can be read: as if there were none */
	{"", HTML, HTML},
	{" ", HTML, HTML},
	{"text", HTML, HTML},
	{"json", HTML, HTML},
	{";", HTML, HTML},
	{"*/json", HTML, HTML},
	{"text/html;q=9", HTML, HTML},
	{"/", HTML, HTML},
	/* "*" alone is everything */
	{"*", HTML, HTML},
	{"*;q=0.5, application/json", JSON, HTML},
	{"text/html, *;q=0", HTML, HTML},
};

enum { ROWS = (sizeof sent_by_browsers + sizeof sent_by_programs + sizeof made_up + sizeof malformed) / sizeof(struct row) };
_Static_assert(ROWS >= 100, "the tables are full");

static void what_browsers_send_brings_a_page(void **state)
{
	(void)state;
	check(sent_by_browsers, sizeof sent_by_browsers / sizeof *sent_by_browsers);
}

static void what_programs_send_brings_what_they_read_best(void **state)
{
	(void)state;
	check(sent_by_programs, sizeof sent_by_programs / sizeof *sent_by_programs);
}

static void the_closest_range_gives_the_quality_and_the_best_quality_wins(void **state)
{
	(void)state;
	check(made_up, sizeof made_up / sizeof *made_up);
}

static void a_type_that_is_named_comes_before_one_that_a_wildcard_covers(void **state)
{
	(void)state;
	check(named, sizeof named / sizeof *named);
}

static void what_ends_in_json_is_json(void **state)
{
	static const char *const right[] = {"application/json", "application/vnd.api+json", "application/ld+json; profile=x", "Application/X+JSON ;charset=utf-8"};
	static const char *const wrong[] = {NULL, "", "text/json", "application/+json", "application/jsonp", "application/x+jsons", "text/x+json", "x+json", "application/x;y=+json"};
	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		assert_true(media_is_json(right[i]));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(media_is_json(wrong[i]));
}

static void a_malformed_element_is_passed_over(void **state)
{
	(void)state;
	check(malformed, sizeof malformed / sizeof *malformed);
}

/* RFC 9110 §8.3.1: type and subtype are tokens, so these elements can't be read either. */
static void an_element_whose_names_are_no_tokens_is_passed_over(void **state)
{
	static const struct row rows[] = {
		{"text/html/xml", HTML, HTML},
		{"text/html charset=utf-8", HTML, HTML},
		{"text/plain application/json", HTML, HTML},
		{"(text)/html", HTML, HTML},
	};
	(void)state;
	check(rows, sizeof rows / sizeof *rows);
}

static void without_a_header_the_first_offer_is_taken(void **state)
{
	(void)state;
	assert_int_equal(media_choose(NULL, pages, 2), 0);
	assert_int_equal(media_choose("text/turtle", data, 1), NONE);
	assert_int_equal(media_choose("text/turtle", data, 2), 1);
}

/* RFC 9110 §12.5.1, the table of qualities: each offer is weighed against one whose quality stands between it and the next. */
static void the_qualities_are_those_of_the_standards_own_example(void **state)
{
	static const char accept[] = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";
	static const char *const best_first[] = {"text/plain;format=flowed", "text/plain", "image/jpeg", "text/plain;format=fixed", "text/html"};
	enum { N = sizeof best_first / sizeof *best_first };
	(void)state;
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			const char *const two[] = {best_first[i], best_first[j]};
			assert_int_equal(media_choose(accept, two, 2), i <= j ? 0 : 1);
		}
}

static void a_content_type_is_compared_without_its_parameters(void **state)
{
	static const char form[] = "application/x-www-form-urlencoded";
	static const char *const same[] = {"application/x-www-form-urlencoded", "Application/X-WWW-Form-URLEncoded", " application/x-www-form-urlencoded ",
		"application/x-www-form-urlencoded;charset=utf-8", "application/x-www-form-urlencoded ; charset=\"UTF-8\"", "application/x-www-form-urlencoded;"};
	static const char *const other[] = {"", " ", ";", "application/x-www-form-urlencode", "application/x-www-form-urlencodedx",
		"application/ x-www-form-urlencoded", "application/x-www-form-urlencoded charset=utf-8", "application/x-www-form-urlencoded, text/plain",
		"multipart/form-data; boundary=application/x-www-form-urlencoded", "x;application/x-www-form-urlencoded", "application/*", "*/*"};
	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_true(media_is(same[i], form));
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		assert_false(media_is(other[i], form));
	assert_false(media_is(NULL, form));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_send_brings_a_page),
		cmocka_unit_test(what_programs_send_brings_what_they_read_best),
		cmocka_unit_test(the_closest_range_gives_the_quality_and_the_best_quality_wins),
		cmocka_unit_test(a_malformed_element_is_passed_over),
		cmocka_unit_test(a_type_that_is_named_comes_before_one_that_a_wildcard_covers),
		cmocka_unit_test(what_ends_in_json_is_json),
		cmocka_unit_test(an_element_whose_names_are_no_tokens_is_passed_over),
		cmocka_unit_test(without_a_header_the_first_offer_is_taken),
		cmocka_unit_test(the_qualities_are_those_of_the_standards_own_example),
		cmocka_unit_test(a_content_type_is_compared_without_its_parameters),
	};
	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}

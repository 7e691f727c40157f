/* Ids of outcomes: they lead to a place, and only under the secret that made them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "base/span.h"
#include "keep/id.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static struct secret secret, other;

static int begin(void **state)
{
	(void)state;
	for (unsigned char i = 0; i < SECRET_BYTES; i++) {
		secret.bytes[i] = i;
		other.bytes[i] = (unsigned char)(i + 1);
	}
	return sodium_init() < 0 ? -1 : 0;
}

static bool reads_as(const char *id, const struct secret *under, struct place expected)
{
	struct place place;
	return id_read(span_of(id), under, &place) && place.day == expected.day && place.node == expected.node &&
	       place.offset == expected.offset;
}

/* What is kept must stay readable; this one was worked out from the standards of BLAKE2b, SipHash and base32. */
static void an_id_of_today_is_read_by_every_later_version(void **state)
{
	static const unsigned char random[ID_RANDOM] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9};
	struct place place = {.day = 20000, .node = 7, .offset = 123456789};
	char id[ID_LENGTH + 1];
	(void)state;
	id_write(id, &secret, random, place);
	assert_string_equal(id, "ucq2fi5euwtkpkfjtuwfhwucgj5tq");
	assert_true(reads_as(id, &secret, place));
	assert_int_equal(id_node("web1"), 132);
	assert_int_equal(id_node("web2"), 94);
}

static void every_place_is_read_as_it_was_written(void **state)
{
	static const uint16_t days[] = {0, 1, 255, 256, 20780, 32768, 65535};
	static const uint8_t nodes[] = {0, 1, 127, 128, 255};
	static const uint64_t offsets[] = {0, 1, 255, 256, 65535, UINT64_C(1) << 32, ID_OFFSET_END / 2, ID_OFFSET_END - 1};
	unsigned char random[ID_RANDOM];
	char id[ID_LENGTH + 1];
	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		for (size_t j = 0; j < sizeof nodes; j++)
			for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++) {
				struct place place = {days[i], nodes[j], offsets[k]};
				id_random(random);
				memset(id, 'x', sizeof id);
				id_write(id, &secret, random, place);
				assert_int_equal(strlen(id), ID_LENGTH);
				assert_int_equal(strspn(id, alphabet), ID_LENGTH);
				assert_true(reads_as(id, &secret, place));
				assert_false(reads_as(id, &other, place));
			}
}

static void an_id_with_one_character_changed_leads_elsewhere(void **state)
{
	struct place place = {.day = 20780, .node = 3, .offset = 4096};
	unsigned char random[ID_RANDOM];
	char id[ID_LENGTH + 1];
	(void)state;
	id_random(random);
	id_write(id, &secret, random, place);
	for (size_t i = 0; i < ID_LENGTH; i++) {
		char was = id[i];
		for (const char *c = alphabet; *c; c++) {
			id[i] = *c;
			assert_int_equal(reads_as(id, &secret, place), *c == was);
		}
		id[i] = was;
	}
}

static void what_can_be_no_id_is_refused(void **state)
{
	char id[ID_LENGTH + 2] = "ucq2fi5euwtkpkfjtuwfhwucgj5tq";
	static const char foreign[] = "0189ABZ=-_ ./\n\x7f\x80\xff";
	struct place place;
	(void)state;
	assert_true(id_read(span_of(id), &secret, &place));
	for (size_t i = 0; i < ID_LENGTH; i++) {
		char was = id[i];
		for (size_t j = 0; j < sizeof foreign; j++) { /* the NUL at its end included */
			id[i] = foreign[j];
			assert_false(id_read((struct span){id, ID_LENGTH}, &secret, &place));
		}
		id[i] = was;
	}
	assert_false(id_read((struct span){id, ID_LENGTH - 1}, &secret, &place));
	assert_false(id_read((struct span){id, ID_LENGTH + 1}, &secret, &place));
	assert_false(id_read((struct span){id, 0}, &secret, &place));
	assert_false(id_read(span_of(""), &secret, &place));
}

static void no_two_spellings_are_the_same_id(void **state)
{
	char id[] = "ucq2fi5euwtkpkfjtuwfhwucgj5tq";
	struct place place;
	size_t taken = 0;
	(void)state;
	for (const char *c = alphabet; *c; c++) {
		id[ID_LENGTH - 1] = *c;
		taken += id_read(span_of(id), &secret, &place);
	}
	assert_int_equal(taken, 16); /* the last character holds four bits */
}

static void ids_do_not_tell_what_is_next_to_what(void **state)
{
	enum { IDS = 500, TAIL = 15 }; /* the last 15 characters hold nothing random but the mask */
	char ids[IDS][ID_LENGTH + 1];
	unsigned char random[ID_RANDOM];
	size_t rising = 0;
	(void)state;
	for (size_t i = 0; i < IDS; i++) {
		id_random(random);
		id_write(ids[i], &secret, random, (struct place){20780, 0, 100 * i});
		rising += i > 0 && strcmp(ids[i] + ID_LENGTH - TAIL / 2, ids[i - 1] + ID_LENGTH - TAIL / 2) > 0;
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i] + ID_LENGTH - TAIL, ids[j] + ID_LENGTH - TAIL);
	}
	assert_in_range(rising, IDS / 4, IDS * 3 / 4);
}

static void only_no_name_is_node_0(void **state)
{
	char name[] = "a00";
	size_t differing = 0;
	(void)state;
	assert_int_equal(id_node(""), 0);
	for (char a = '0'; a <= '9'; a++)
		for (char b = '0'; b <= 'z'; b++) {
			name[1] = a, name[2] = b;
			assert_int_not_equal(id_node(name), 0);
			differing += id_node(name) != id_node("a00");
		}
	assert_true(differing > 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_of_today_is_read_by_every_later_version),
		cmocka_unit_test(every_place_is_read_as_it_was_written),
		cmocka_unit_test(an_id_with_one_character_changed_leads_elsewhere),
		cmocka_unit_test(what_can_be_no_id_is_refused),
		cmocka_unit_test(no_two_spellings_are_the_same_id),
		cmocka_unit_test(ids_do_not_tell_what_is_next_to_what),
		cmocka_unit_test(only_no_name_is_node_0),
	};
	return cmocka_run_group_tests_name("id", tests, begin, NULL);
}

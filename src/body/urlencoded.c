/*
 * A push parser. The standard splits at "&", then at the first "=", and decodes last. Here each byte is decoded as it comes, which gives
 * the same pairs, because only raw "&" and "=" split. A percent sign without two hexadecimal digits behind it stands for itself. charset.c
 * converts what is not UTF-8 later. A byte order mark stays.
 */
#include "body/urlencoded.h"

#include <string.h>

#include "base/ascii.h"
#include "base/span.h"
#include "base/text.h"

void urlencoded_begin(struct urlencoded *parse, struct submission *submission, const struct limits *limits)
{
	*parse = (struct urlencoded){
		.submission = submission,
		.limits = limits,
		.part = {.arena = submission->arena},
	};
}

static enum body_fault add_decoded(struct urlencoded *parse, const char *bytes, size_t n)
{
	uint64_t most = parse->in_value ? parse->limits->value : parse->limits->name;
	if (parse->part.length + n > most)
		return parse->in_value ? BODY_VALUE_TOO_LONG : BODY_NAME_TOO_LONG;
	if (n == 1)
		text_byte(&parse->part, *bytes);
	else
		text_add(&parse->part, bytes, n);
	return BODY_FINE;
}

/* Adds bytes of which only "+" stands for another, a space. */
static enum body_fault add_plain(struct urlencoded *parse, const char *bytes, size_t n)
{
	size_t before = parse->part.length;
	parse->started = true;
	enum body_fault fault = add_decoded(parse, bytes, n);
	for (size_t i = before; i < parse->part.length; i++)
		if (parse->part.bytes[i] == '+')
			parse->part.bytes[i] = ' ';
	return fault;
}

/* Adds what was held back as text, because the percent sign began no escape. */
static enum body_fault held_release(struct urlencoded *parse)
{
	size_t n = parse->held_n;
	parse->held_n = 0;
	return n ? add_decoded(parse, parse->held, n) : BODY_FINE;
}

/* Takes a byte while "%" is held back; sets *used if the byte belongs to the escape. */
static enum body_fault held_take(struct urlencoded *parse, char c, bool *used)
{
	*used = ascii_hex_value(c) >= 0;
	if (!*used)
		return held_release(parse);
	if (parse->held_n == 1) {
		parse->held[parse->held_n++] = c;
		return BODY_FINE;
	}
	char byte = (char)(ascii_hex_value(parse->held[1]) * 16 + ascii_hex_value(c));
	parse->held_n = 0;
	return add_decoded(parse, &byte, 1);
}

static struct span copy_decoded(struct urlencoded *parse)
{
	struct span whole = {arena_copy(parse->submission->arena, text_string(&parse->part), parse->part.length), parse->part.length};
	parse->part.length = 0;
	return whole;
}

static enum body_fault name_end(struct urlencoded *parse)
{
	enum body_fault fault = held_release(parse);
	if (fault)
		return fault;
	parse->name = copy_decoded(parse);
	parse->in_value = true;
	return memchr(parse->name.bytes, '\0', parse->name.length) ? BODY_NUL_IN_NAME : BODY_FINE;
}

static enum body_fault pair_end(struct urlencoded *parse)
{
	if (!parse->started)
		return BODY_FINE;
	enum body_fault fault = parse->in_value ? BODY_FINE : name_end(parse);
	if (!fault)
		fault = held_release(parse);
	if (!fault && parse->submission->n >= parse->limits->fields)
		fault = BODY_TOO_MANY_FIELDS;
	if (fault)
		return fault;
	submission_add(parse->submission, parse->name, copy_decoded(parse));
	parse->started = parse->in_value = false;
	return BODY_FINE;
}

static enum body_fault special_take(struct urlencoded *parse, char c)
{
	switch (c) {
	case '&': return pair_end(parse);
	case '=': parse->started = true; return parse->in_value ? add_decoded(parse, "=", 1) : name_end(parse);
	default: /* '%' */
		parse->started = true;
		parse->held[0] = '%';
		parse->held_n = 1;
		return BODY_FINE;
	}
}

/* A table, because every byte of every post is looked up in it. */
static const bool special[256] = {['&'] = true, ['='] = true, ['%'] = true};

enum body_fault urlencoded_feed(struct urlencoded *parse, const char *bytes, size_t n)
{
	enum body_fault fault = BODY_FINE;
	for (size_t i = 0; i < n && !fault;) {
		bool used = false;
		if (parse->held_n)
			fault = held_take(parse, bytes[i], &used);
		if (fault || used) {
			i++;
			continue;
		}
		size_t plain = i;
		while (i < n && !special[(unsigned char)bytes[i]])
			i++;
		fault = i > plain ? add_plain(parse, bytes + plain, i - plain) : special_take(parse, bytes[i++]);
	}
	return fault;
}

enum body_fault urlencoded_end(struct urlencoded *parse)
{
	return pair_end(parse);
}

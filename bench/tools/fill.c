/*
 * Fills the log of a form. fill DATA FORM LINES DAYS SAMPLE < line: appends LINES outcomes like the given one, which the program has
 * kept there, each with a valid id of its own: half of them today, the others spread over the DAYS before. Prints SAMPLE of their
 * ids, evenly spread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "keep/id.h"
#include "keep/secret.h"

enum { LINE = 65536, BUFFER = 1 << 20 };

static struct secret secret;
static char line[LINE], *id_at, *received_at;
static size_t line_n;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void read_line(void)
{
	line_n = fread(line, 1, sizeof line - 1, stdin);
	id_at = strstr(line, "{\"id\":\"");
	received_at = strstr(line, "\"received\":\"");
	if (id_at != line || !received_at || line[line_n - 1] != '\n')
		fail("line");
	id_at += strlen("{\"id\":\"");
	received_at += strlen("\"received\":\"");
}

/* Every step-th id is printed; step 0: none. */
static void fill_day(const char *folder, int64_t day, size_t lines, size_t step)
{
	char path[4096], name[DATE_DAY], id[ID_LENGTH + 1];
	unsigned char random[ID_RANDOM];
	date_day_write(name, day);
	snprintf(path, sizeof path, "%s/%s.jsonl", folder, name);
	FILE *file = fopen(path, "a");
	if (!file || setvbuf(file, NULL, _IOFBF, BUFFER) != 0 || fseek(file, 0, SEEK_END) != 0)
		fail(path);
	struct place place = {.day = (uint16_t)day, .offset = (uint64_t)ftell(file)};
	memcpy(received_at, name, DATE_DAY - 1);
	for (size_t i = 0; i < lines; i++, place.offset += line_n) {
		id_random(random);
		id_write(id, &secret, random, place);
		memcpy(id_at, id, ID_LENGTH);
		if (fwrite(line, 1, line_n, file) != line_n)
			fail(path);
		if (step && i % step == 0)
			puts(id);
	}
	if (fclose(file) != 0)
		fail(path);
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	char folder[4000];
	size_t lines = strtoull(argv[3], NULL, 10), days = strtoull(argv[4], NULL, 10), sample = strtoull(argv[5], NULL, 10);
	size_t step = sample ? (lines > sample ? lines / sample : 1) : 0;
	int64_t today = date_day(time(NULL));
	snprintf(folder, sizeof folder, "%s/%s", argv[1], argv[2]);
	read_line();
	if (secret_load(&secret, argv[1], false) < 0)
		fail(argv[1]);
	for (size_t day = days; day > 0; day--)
		fill_day(folder, today - (int64_t)day, lines / 2 / days, step);
	fill_day(folder, today, days ? lines - lines / 2 / days * days : lines, step);
	return 0;
}

/*
 * The file has a line for each log that was counted:
 *
 *   DAY NODE INODE CHANGED SIZE KEPT SUSPECTS
 *
 * with "-" for the node without a name, CHANGED in nanoseconds, and SIZE how far it was counted. A row holds while the file is the
 * same, and is counted on from SIZE if the file is longer. A log that was changed after its day ended had an outcome erased, so it is
 * counted anew.
 */
#define _GNU_SOURCE /* memmem */
#include "keep/counts.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/claimed.h"
#include "keep/log_day.h"
#include "keep/marks.h"
#include "keep/record.h"

enum { FILE_MOST = 16 * 1024 * 1024, ROOM_FIRST = 64, LINES_A_LOOK = 4096, UNDECIDED = 2 };

static const char head[] = "counts 1\n";

/* One log, as it was counted last or is to be counted now. */
struct row {
	char node[CONFIG_NAME_MAX + 1];
	unsigned day;
	uint64_t inode, changed, size, kept, suspects;
};

struct rows {
	struct row *rows;
	size_t n, room;
};

static void write_path(char path[PATH_MAX], const struct config *config, const struct form *form)
{
	snprintf(path, PATH_MAX, "%s/%s/counts%s%s", config->data, form->name, *config->node ? "." : "", config->node);
}

static struct row *add_row(struct rows *rows)
{
	if (rows->n == rows->room &&
		!(rows->rows = realloc(rows->rows, (rows->room = rows->room ? 2 * rows->room : ROOM_FIRST) * sizeof *rows->rows)))
		diag_die("out of memory");
	rows->rows[rows->n] = (struct row){.day = 0};
	return &rows->rows[rows->n++];
}

static int by_day_and_node(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return x->day != y->day ? (x->day > y->day) - (x->day < y->day) : strcmp(x->node, y->node);
}

/* --- the file ------------------------------------------------------------------------------------------------------ */

/* Reads what was counted before; nothing where the file is not there or not what was written. */
static void read_rows(struct rows *rows, const char *path)
{
	struct arena arena = {0};
	struct span content;
	if (file_read(path, FILE_MOST, &arena, &content) == 0 && strncmp(content.bytes, head, sizeof head - 1) == 0)
		for (const char *line = content.bytes + sizeof head - 1; *line;) {
			struct row row = {.day = 0};
			int n = 0;
			_Static_assert(CONFIG_NAME_MAX == 64, "the width in the format");
			if (sscanf(line, "%u %64s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "\n%n", &row.day, row.node,
				    &row.inode, &row.changed, &row.size, &row.kept, &row.suspects, &n) != 7 ||
				!n)
				break;
			if (strcmp(row.node, "-") == 0)
				*row.node = '\0';
			*add_row(rows) = row;
			line += n;
		}
	arena_free(&arena);
	if (rows->n)
		qsort(rows->rows, rows->n, sizeof *rows->rows, by_day_and_node);
}

/* What can't be written is counted again next time, that is all. */
static void write_rows(const struct rows *rows, const char *path)
{
	struct arena arena = {0};
	struct text text = {.arena = &arena};
	text_put(&text, head);
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->rows[i];
		text_format(&text, "%u %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", row->day,
			*row->node ? row->node : "-", row->inode, row->changed, row->size, row->kept, row->suspects);
	}
	if (file_put(path, text.bytes, text.length, false, false) < 0)
		diag_system("%s: the counts can't be written", path);
	arena_free(&arena);
}

void counts_forget(const struct config *config, const struct form *form, uint16_t day)
{
	char path[PATH_MAX];
	struct rows rows = {0}, left = {0};
	write_path(path, config, form);
	read_rows(&rows, path);
	for (size_t i = 0; i < rows.n; i++)
		if (rows.rows[i].day != day)
			*add_row(&left) = rows.rows[i];
	if (left.n != rows.n)
		write_rows(&left, path);
	free(rows.rows);
	free(left.rows);
}

/* --- counting ------------------------------------------------------------------------------------------------------ */

struct counting {
	const struct form *form;
	struct claimed *claimed;
	struct row *row;
	int64_t end; /* when the time is up, or 0 */
	size_t lines;
};

/* Tells whether a line was taken for spam when it was posted: record_write puts that last, behind the client. */
static bool is_suspect(struct span line)
{
	static const char key[] = "},\"spam\":\"";
	enum { TAIL = 64 };
	size_t n = line.length < TAIL ? line.length : TAIL;
	return memmem(line.bytes + line.length - n, n, key, sizeof key - 1) != NULL;
}

static int count_line(void *context, struct place place, struct span line)
{
	struct counting *counting = context;
	struct record_start start;
	place.node = id_node(counting->row->node);
	if (!claimed_shows(counting->claimed, place, line))
		return UNDECIDED;               /* it is counted on from here once it is known whether this is an outcome */
	if (line.length || *line.bytes == '\n') /* else it stands for one that is too long */
		counting->row->size = place.offset + line.length + 1;
	if (!record_erased(line) && record_start_read(line, counting->form->name, &start)) {
		counting->row->kept++;
		counting->row->suspects += is_suspect(line);
	}
	return counting->end && ++counting->lines % LINES_A_LOOK == 0 && date_uptime() > counting->end;
}

/* Gives what is known of a log from the last time: all zeroes if it has to be counted from its beginning. */
static struct row known_row(const struct rows *had, const struct row *now, bool today)
{
	const struct row *row = had->n ? bsearch(now, had->rows, had->n, sizeof *had->rows, by_day_and_node) : NULL;
	bool holds = row && row->inode == now->inode && row->size <= now->size && (today || row->changed == now->changed);
	return holds ? *row : (struct row){.day = 0};
}

/* Counts a log on from where its row says, which then says how far it was read. 1 if the time was up, -1 on failure. */
static int count_log(const struct config *config, const struct form *form, struct claimed *claimed, struct row *row, int64_t end)
{
	struct counting counting = {.form = form, .claimed = claimed, .row = row, .end = end};
	struct log log;
	log_begin(&log, config->data, form->name, row->node, false);
	int ended = log_day_each(&log, (struct place){.day = (uint16_t)row->day, .offset = row->size}, count_line, &counting);
	log_end(&log);
	return ended == UNDECIDED ? 0 : ended;
}

/* Lists the logs there are now, from a day on. */
static int list_logs(struct rows *rows, const struct config *config, const struct form *form, int64_t from)
{
	char folder_path[PATH_MAX], path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	struct stat status;
	struct log log;
	uint16_t day;
	log_begin(&log, config->data, form->name, "", false);
	log_folder(&log, folder_path);
	DIR *folder = opendir(folder_path);
	int failed = !folder && errno != ENOENT && errno != ENOTDIR;
	if (failed)
		diag_system("%s: the folder can't be read", folder_path);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (!log_day_named(entry->d_name, &day, node) || day < from)
			continue;
		log_path(&log, day, node, path);
		if (stat(path, &status) < 0)
			continue; /* retention has just removed it */
		struct row *row = add_row(rows);
		row->day = day;
		strcpy(row->node, node);
		row->inode = (uint64_t)status.st_ino;
		row->size = (uint64_t)status.st_size;
		row->changed = (uint64_t)status.st_mtim.tv_sec * 1000000000u + (uint64_t)status.st_mtim.tv_nsec;
	}
	if (folder)
		closedir(folder);
	log_end(&log);
	if (rows->n)
		qsort(rows->rows, rows->n, sizeof *rows->rows, by_day_and_node);
	return failed ? -1 : 0;
}

/* Counts every log that changed, the newest first; gives 1 if the time was up, -1 on failure. */
static int count_logs(struct rows *now, const struct rows *had, const struct config *config, const struct form *form, int64_t today,
	int64_t end, bool *changed)
{
	struct claimed claimed;
	int result = 0;
	claimed_begin(&claimed, config, form);
	for (size_t i = now->n; i-- > 0;) {
		struct row *row = &now->rows[i], known = known_row(had, row, row->day == today);
		bool whole = known.size == row->size;
		row->kept = known.kept;
		row->suspects = known.suspects;
		row->size = known.size;
		if (whole || result == 1)
			continue;
		int ended = count_log(config, form, &claimed, row, end);
		result = ended ? ended : result;
		*changed |= row->size != known.size;
	}
	claimed_end(&claimed);
	return result;
}

/* Adds the rows of each day up, and what owners marked. */
static int sum_days(
	struct counts *counts, const struct rows *rows, const struct config *config, const struct form *form, struct arena *arena)
{
	int failed = 0;
	counts->days = arena_take(arena, (rows->n + 1) * sizeof *counts->days);
	counts->n = 0;
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->rows[i];
		if (!counts->n || counts->days[counts->n - 1].day != row->day)
			counts->days[counts->n++] = (struct count){.day = (uint16_t)row->day};
		struct count *count = &counts->days[counts->n - 1];
		count->kept += row->kept;
		count->suspects += row->suspects;
	}
	for (size_t i = 0; i < counts->n; i++) {
		struct count *count = &counts->days[i];
		struct marks marks = {0};
		failed |= marks_load(&marks, config->data, form->name, count->day) < 0;
		struct marks_tally tally = marks_count(&marks);
		int64_t spam = (int64_t)count->suspects + tally.spam;
		count->spam = spam < 0 ? 0 : (uint64_t)spam;
		count->read = tally.read;
		marks_free(&marks);
	}
	return failed ? -1 : 0;
}

int counts_load(struct counts *counts, const struct config *config, const struct form *form, int64_t from, time_t now, int64_t budget,
	struct arena *arena)
{
	char path[PATH_MAX];
	struct rows had = {0}, rows = {0};
	bool changed = false;
	write_path(path, config, form);
	read_rows(&had, path);
	int failed = list_logs(&rows, config, form, from) < 0;
	int ended = count_logs(&rows, &had, config, form, date_day(now), budget ? date_uptime() + budget : 0, &changed);
	failed |= sum_days(counts, &rows, config, form, arena) < 0 || ended < 0;
	counts->complete = ended != 1;
	for (size_t i = 0; i < had.n; i++) /* of days before those that were asked for */
		if (had.rows[i].day < from)
			*add_row(&rows) = had.rows[i];
	if (changed)
		write_rows(&rows, path);
	free(had.rows);
	free(rows.rows);
	return failed ? -1 : 0;
}

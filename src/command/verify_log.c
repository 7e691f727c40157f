/*
 * A line that was appended never changes except to be erased, so what a line says is checked against its place, and its uploads
 * against their hashes. Posts and erasures may go on meanwhile: a line that seems to be at fault is read again.
 */
#include "command/verify_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "command/verify_upload.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"

enum { FOLDER_NAME = CONFIG_NAME_MAX + sizeof "/marks" };

/* One log as it is read. */
struct checked_log {
	struct checked_form *form;
	const struct log *log;
	const char *node;
	char file[PATH_MAX]; /* below the data folder */
	uint64_t end;        /* behind the last line */
	struct arena arena;  /* holds the doubts */
	struct doubt *doubts, **last;
};

/* An upload that is not what its line says, or is being erased just now: its line is erased right after it. */
struct doubt {
	struct doubt *next;
	struct place place;
	const char *what;
};

static void add_finding(struct checked_log *checked, enum finding finding, uint64_t offset, const char *what, const char *advice)
{
	findings_add(checked->form->findings, finding, checked->file, offset, what, advice);
}

/* Tells whether a line says nothing: it was taken back, or is an empty one, which stands behind claims of keys. */
static bool says_nothing(struct span line)
{
	if (!line.length)
		return *line.bytes == '\n'; /* else it stands for one that is too long */
	return log_line_is_whole_void(line);
}

/* Gives the id of a line, empty if it does not begin as lines of a log do. */
static struct span id_of_line(struct span line)
{
	const size_t start = sizeof LOG_LINE_START - 1;
	if (line.length <= start + ID_LENGTH || memcmp(line.bytes, LOG_LINE_START, start) != 0 || line.bytes[start + ID_LENGTH] != '"')
		return (struct span){"", 0};
	return (struct span){line.bytes + start, ID_LENGTH};
}

/* Checks that an id names the place of its line. */
static bool leads_back(const struct checked_log *checked, struct span id, struct place place)
{
	struct place named;
	if (!checked->form->secret)
		return true;
	return id_read(id, checked->form->secret, &named) && named.day == place.day && named.offset == place.offset &&
		named.node == id_node(checked->node);
}

/*
 * Tells whether a line is no longer what it was, because it was erased or its file is gone. Who erases a line holds the lock of its
 * file until all of it is erased.
 */
static bool has_changed(const struct checked_log *checked, struct place place, struct span line)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct span now;
	int lock = log_open_day(checked->log, place.day, O_RDONLY, path);
	bool same = lock >= 0 && file_lock(lock) == 0 && log_line_next(checked->log, place, &arena, &now, NULL) == LOG_FOUND &&
		now.length == line.length && memcmp(now.bytes, line.bytes, line.length) == 0;
	file_close(lock);
	arena_free(&arena);
	return !same;
}

/* Deals with what lines of outcomes and marks have in common; false if nothing else is to be checked of the line. */
static bool check_frame(struct checked_log *checked, struct place place, struct span line)
{
	checked->end = place.offset + line.length + 1;
	checked->form->findings->bytes += line.length + 1;
	struct span id = id_of_line(line);
	if (says_nothing(line))
		return false;
	if (!id.length)
		add_finding(checked, FINDING_DAMAGE, place.offset, "the line is not one of a log",
			"If the power was cut then, nobody was told that it was kept; otherwise put the file back from a backup.");
	else if (!leads_back(checked, id, place))
		add_finding(checked, FINDING_DAMAGE, place.offset, "the id leads to another place",
			"Put back the secret that the line was written with, or the bytes that were added to or removed from the file before it.");
	else if (record_erased(line) && !record_blank(line) && !has_changed(checked, place, line))
		add_finding(checked, FINDING_NOTE, place.offset, "erasing the line was cut short",
			"It counts as erased. To erase all of it, withdraw the outcome again at its address.");
	return id.length && !record_erased(line);
}

static void check_files(struct checked_log *checked, struct place place, const json_t *record)
{
	json_t *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		char what[PATH_MAX + 64];
		if (verify_upload_check(checked->form, file, what, sizeof what))
			continue;
		struct doubt *doubt = arena_take(&checked->arena, sizeof *doubt);
		*doubt = (struct doubt){.place = place, .what = arena_copy(&checked->arena, what, strlen(what))};
		*checked->last = doubt;
		checked->last = &doubt->next;
	}
}

/* Reports the uploads whose lines are still there a moment later. */
static void settle_doubts(struct checked_log *checked)
{
	struct arena arena = {0};
	struct span line;
	if (checked->doubts)
		nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	for (const struct doubt *doubt = checked->doubts; doubt; doubt = doubt->next) {
		if (log_line_next(checked->log, doubt->place, &arena, &line, NULL) == LOG_FOUND && !record_erased(line))
			add_finding(checked, FINDING_DAMAGE, doubt->place.offset, doubt->what,
				"Put the upload back from a backup, or erase the outcome.");
		arena_reset(&arena);
	}
	arena_free(&arena);
}

static int check_outcome(void *context, struct place place, struct span line)
{
	struct checked_log *checked = context;
	struct record_start start;
	if (!check_frame(checked, place, line))
		return 0;
	if (log_line_is_void(line)) {
		add_finding(checked, FINDING_NOTE, place.offset, "a power cut has left some of a line that was being made void",
			"Run \"seeother work\" on the host that wrote the file, which removes the rest.");
		return 0;
	}
	json_t *record = record_read(line);
	if (!record || !record_start_read(line, checked->form->form, &start)) {
		if (!has_changed(checked, place, line))
			add_finding(checked, FINDING_DAMAGE, place.offset, "the line is not an outcome of this form",
				"Put the file back from a backup, or the line of the same length at the same place.");
	} else {
		checked->form->findings->outcomes++;
		check_files(checked, place, record);
	}
	json_decref(record);
	progress_print(
		&checked->form->findings->progress, "%s: %ju MiB read", checked->file, (uintmax_t)(checked->form->findings->bytes >> 20));
	return 0;
}

static int check_mark(void *context, struct place place, struct span line)
{
	struct checked_log *checked = context;
	struct place of_place;
	if (!check_frame(checked, place, line))
		return 0;
	json_t *mark = json_loadb(line.bytes, line.length, JSON_ALLOW_NUL, NULL);
	const char *of = json_string_value(json_object_get(mark, "of"));
	const struct secret *secret = checked->form->secret;
	bool sound = of && json_is_string(json_object_get(mark, "at")) &&
		(!secret || (id_read(span_of(of), secret, &of_place) && of_place.day == place.day));
	if (sound)
		checked->form->findings->marks++;
	else if (!has_changed(checked, place, line))
		add_finding(checked, FINDING_DAMAGE, place.offset, "the line is not a mark of an outcome of this day",
			"Put the file back from a backup. Only marks are lost, not outcomes.");
	json_decref(mark);
	return 0;
}

/* Looks for a line without an end; under the lock, no other process is just writing it. */
static void check_tail(struct checked_log *checked, const char *path)
{
	struct stat status;
	char last = '\n';
	int file = log_open(path, O_RDONLY, *checked->node);
	bool known = file >= 0 && file_lock(file) == 0 && fstat(file, &status) == 0 &&
		(status.st_size == 0 || pread(file, &last, 1, status.st_size - 1) == 1);
	file_close(file);
	if (known && last != '\n')
		add_finding(checked, FINDING_NOTE, checked->end, "the last line has no end: whoever wrote it died",
			"Nobody was told that it was kept. The next line of that day replaces it.");
}

static void check_log(struct checked_form *form, const char *name, uint16_t day, const char *node, log_taker *take)
{
	char path[PATH_MAX];
	struct log log;
	log_begin(&log, form->data, name, node, false);
	struct checked_log checked = {.form = form, .log = &log, .node = node};
	checked.last = &checked.doubts;
	log_path(&log, day, node, path);
	snprintf(checked.file, sizeof checked.file, "%s", path + strlen(form->data) + 1);
	if (log_day_each(&log, (struct place){.day = day}, take, &checked) < 0)
		add_finding(
			&checked, FINDING_DAMAGE, FINDING_WHOLE, strerror(errno), "Mend what keeps it from being read, and verify again.");
	else
		check_tail(&checked, path);
	settle_doubts(&checked);
	arena_free(&checked.arena);
	log_end(&log);
}

static void check_logs(struct checked_form *form, const char *name, log_taker *take)
{
	char path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	struct dirent **names;
	uint16_t day;
	snprintf(path, sizeof path, "%s/%s", form->data, name);
	int n = scandir(path, &names, NULL, alphasort);
	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		findings_add(form->findings, FINDING_DAMAGE, name, FINDING_WHOLE, strerror(errno),
			"Mend what keeps the folder from being read, and verify again.");
	for (int i = 0; i < n; i++) {
		if (log_day_named(names[i]->d_name, &day, node))
			check_log(form, name, day, node, take);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

void verify_log_check(struct checked_form *form)
{
	check_logs(form, form->form, check_outcome);
}

void verify_log_check_marks(struct checked_form *form)
{
	char name[FOLDER_NAME];
	snprintf(name, sizeof name, "%s/marks", form->form);
	check_logs(form, name, check_mark);
}

/*
 * DATA/FORM/claims/GENERATION/X/KEY is a symlink with the text ID.SECONDS: which line, and how long the key is remembered, whatever
 * other hosts or a later configuration say; 0 in a claim that a worker put, which can't tell. KEY is the name of the key in base64url, X its
 * first character: with more folders, most of a day's keys would wait for one to be made and flushed. put_link makes a name once, on
 * every host that sees the folder, and its text comes with it. The other name that it leaves goes with the generation.
 *
 * KEY.1, KEY.2 … are successors: each is put by somebody who found the line of the one before it expired, erased or void. Nothing of a
 * chain is removed before its generation is, so its end is found by doubling steps and halving.
 */
#include "keep/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/folder.h"
#include "base/number.h"
#include "base/put.h"
#include "base/span.h"

enum { FOLDER_MODE = 0750, NAME_TEXT = 22 /* KEY_NAME bytes in base64 */, FOLDER_TEXT = 1, CLAIM_TEXT = ID_LENGTH + 32 };

_Static_assert(sodium_base64_ENCODED_LEN(KEY_NAME, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == NAME_TEXT + 1, "a key's name fits");

/* Writes the path of the folder that a key's claims are in, and gives the descriptor at which it begins. */
static int folder_path(const struct log *log, uint64_t generation, const char *name, char path[PATH_MAX])
{
	int at = generation_at(log, generation, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/%.*s", FOLDER_TEXT, name);
	return at;
}

static void key_name_write(const struct key *key, char name[NAME_TEXT + 1])
{
	sodium_bin2base64(name, NAME_TEXT + 1, key->name, KEY_NAME, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Appends X/KEY or X/KEY.NUMBER to the path of a generation. */
static void append_name(char path[PATH_MAX], const struct key *key, uint64_t number)
{
	char name[NAME_TEXT + 1];
	key_name_write(key, name);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, number ? "/%.*s/%s.%" PRIu64 : "/%.*s/%s", FOLDER_TEXT, name, name, number);
}

static int claim_path(const struct log *log, uint64_t generation, const struct key *key, uint64_t number, char path[PATH_MAX])
{
	int at = generation_at(log, generation, path);
	append_name(path, key, number);
	return at;
}

/* Tells whether a name can't be put since its folder is gone. ESTALE: another host has removed the folder that this one holds open. */
static bool is_gone(int reason)
{
	return reason == ENOENT || reason == ESTALE;
}

/* Logs the whole path of a claim that can't be read: on GlusterFS somebody may have to settle what it is. Keeps errno. */
static void say_unreadable(const struct log *log, uint64_t generation, const struct key *key, uint64_t number)
{
	char path[PATH_MAX];
	int reason = errno;
	generation_path(log, generation, path);
	append_name(path, key, number);
	diag_system("%s can't be read", path);
	errno = reason;
}

/* Reads ID.SECONDS; leaves the claim as it is if the text is anything else. */
static void read_claim_text(struct claim *claim, const char *text)
{
	uint64_t seconds;
	if (strlen(text) <= ID_LENGTH || text[ID_LENGTH] != '.' || !number_read(text + ID_LENGTH + 1, INT64_MAX / 2, &seconds))
		return;
	memcpy(claim->id, text, ID_LENGTH);
	claim->seconds = seconds;
}

int claim_read(struct claim *claim, const struct log *log, uint64_t generation, const struct key *key, uint64_t number)
{
	char path[PATH_MAX], text[CLAIM_TEXT];
	*claim = (struct claim){0};
	int at = claim_path(log, generation, key, number, path);
	ssize_t n = readlinkat(at, path, text, sizeof text - 1);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0 && errno != EINVAL) { /* EINVAL: something else has its name */
		if (!is_gone(errno))
			say_unreadable(log, generation, key, number);
		return -1;
	}
	text[n < 0 ? 0 : n] = '\0';
	read_claim_text(claim, text);
	return 1;
}

int claim_find_last(struct claim_last *last, const struct log *log, uint64_t generation, const struct key *key)
{
	struct claim claim;
	uint64_t there = 0, missing = 0, step = 1; /* numbers of claims: the first is there, the second is not */
	*last = (struct claim_last){0};
	int found = claim_read(&last->claim, log, generation, key, 0);
	if (found <= 0)
		return found;
	while (!missing || missing - there > 1) {
		uint64_t next = missing ? there + (missing - there) / 2 : there + step;
		found = claim_read(&claim, log, generation, key, next);
		if (found < 0)
			return -1;
		if (!found) {
			missing = next;
			continue;
		}
		there = next;
		step *= 2;
		last->claim = claim;
	}
	last->n = there + 1;
	return 0;
}

/* Makes the folder of a name, which is durable before the first claim in it is. */
static enum claim_put make_folder(const struct log *log, uint64_t generation, const struct key *key)
{
	char path[PATH_MAX], above[PATH_MAX], name[NAME_TEXT + 1];
	key_name_write(key, name);
	int at = folder_path(log, generation, name, path);
	if (mkdirat(at, path, FOLDER_MODE) < 0)
		return errno == EEXIST ? CLAIM_PUT : is_gone(errno) ? CLAIM_GONE : CLAIM_FAILED;
	generation_at(log, generation, above);
	if (!log->durable || folder_sync_at(at, above) == 0)
		return CLAIM_PUT;
	enum claim_put put = is_gone(errno) ? CLAIM_GONE : CLAIM_FAILED;
	int reason = errno;
	unlinkat(at, path, AT_REMOVEDIR); /* who makes it again flushes its name again */
	errno = reason;
	return put;
}

enum claim_put claim_put(const struct log *log, uint64_t generation, const struct key *key, uint64_t number, const struct claim *claim)
{
	enum { TRIES = 3 }; /* the folder may be removed just after it was made */
	char path[PATH_MAX], text[CLAIM_TEXT];
	int at = claim_path(log, generation, key, number, path);
	snprintf(text, sizeof text, "%s.%" PRIu64, claim->id, claim->seconds);
	for (int i = 0; i < TRIES; i++) {
		if (put_link(at, path, text, false) == 0)
			return CLAIM_PUT;
		if (errno == EEXIST)
			return CLAIM_TAKEN;
		if (!is_gone(errno))
			return CLAIM_UNKNOWN;
		enum claim_put made = make_folder(log, generation, key);
		if (made != CLAIM_PUT)
			return made;
	}
	return CLAIM_GONE;
}

unsigned claim_folder(const struct key *key)
{
	return key->name[0] >> 2; /* the bits of the first character in base64 */
}

int claim_sync(const struct log *log, uint64_t generation, unsigned folder)
{
	static const char names[CLAIM_FOLDERS + 1] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char path[PATH_MAX];
	struct stat status;
	int at = folder_path(log, generation, &names[folder], path);
	int failed = log->durable ? folder_sync_at(at, path) : fstatat(at, path, &status, 0);
	if (failed && is_gone(errno))
		errno = ENOENT;
	return failed;
}

int claim_names(const struct log *log, uint64_t generation, const struct key *key, struct span id)
{
	struct claim_last last;
	int found = claim_find_last(&last, log, generation, key); /* the last is the most likely */
	while (found == 0 && last.n && !span_is(id, last.claim.id))
		if (--last.n)
			found = claim_read(&last.claim, log, generation, key, last.n - 1) < 0 ? -1 : 0;
	return found < 0 ? -1 : last.n > 0;
}

/* Checking the table of a key index without changing it. */
#ifndef KEY_CHECK_H
#define KEY_CHECK_H

#include <stdint.h>

enum key_check {
	KEY_CHECK_SOUND,
	KEY_CHECK_NONE, /* no table, or one from before the last boot, which is rebuilt before it is used */
	KEY_CHECK_DAMAGED,
	KEY_CHECK_FAILED /* errno says why */
};

/* Reads the whole table of a form's node, taking the form's lock now and then, and counts its keys. */
enum key_check key_check_run(const char *data, const char *form, const char *node, uint64_t *keys);

#endif

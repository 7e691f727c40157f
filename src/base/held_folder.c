/* O_PATH: whoever may look names up in a folder need not be allowed to list them. */
#define _GNU_SOURCE /* O_PATH */
#include "base/held_folder.h"

#include <fcntl.h>

#include "base/date.h"
#include "base/file.h"

void held_folder_begin(struct held_folder *held)
{
	*held = (struct held_folder){.at = -1};
}

void held_folder_keep(struct held_folder *held, const char *path)
{
	int64_t now = date_uptime();
	if (held->at >= 0 && now - held->since < DATE_SECOND)
		return;
	held_folder_end(held);
	*held = (struct held_folder){open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), now};
}

void held_folder_end(struct held_folder *held)
{
	file_close(held->at);
	held_folder_begin(held);
}

/* Where the configuration is. */
#ifndef CONFIG_PATH_H
#define CONFIG_PATH_H

#include <limits.h>
#include <stdbool.h>

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

/* The last place that is looked at. */
#define CONFIG_PATH_SYSTEM SYSCONFDIR "/seeother/config.ini"

/*
 * Writes the path of the configuration in use: $SEEOTHER_CONFIG if it is set, else config.ini beside the program if it is there, else
 * the system's, which need not exist.
 */
void config_path_find(char path[PATH_MAX]);

/* Writes a sentence that names all places where config_path_find looks; false if the file is not the last of them. */
bool config_path_explain(const char *file, char sentence[2 * PATH_MAX]);

#endif

/* seeother new-secret: lets a data folder go on whose secret is lost. The addresses of what it holds lead nowhere from then on. */
#include "command/command_new_secret.h"

#include <stdio.h>

#include "command/loaded.h"
#include "keep/secret.h"
#include "keep/secret_report.h"
#include "keep/store.h"

static int make_secret(const struct config *config)
{
	struct secret secret = {.bytes = {0}};
	if (!secret_is_lost(config->data)) {
		fprintf(stderr, "seeother: %s/secret is not lost: nothing was changed\n", config->data);
		return 1;
	}
	store_umask(config);
	if (secret_renew(config->data) < 0 || secret_load(&secret, config->data, true) < 0) {
		secret_report(config->data);
		return 1;
	}
	secret_report_over(config->data);
	printf("%s/secret: made; posts are kept again. What was kept before is exported and erased as ever, but its addresses lead nowhere\n",
		config->data);
	return 0;
}

int command_new_secret(int argc, char **argv)
{
	struct loaded loaded;
	(void)argc, (void)argv;
	loaded_begin(&loaded);
	return loaded_end(&loaded, loaded.config ? make_secret(loaded.config) : 1);
}

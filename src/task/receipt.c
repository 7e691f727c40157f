/*
 * A form with receipts writes to any address that somebody types, so it could be used to flood a stranger. Spellings of one mailbox
 * count as one, as do the mailboxes of one domain and of its subdomains: whoever holds a domain has as many of them as he likes.
 */
#include "task/receipt.h"

#include <string.h>

#include "base/text.h"
#include "keep/rates.h"

/* Second labels as short as these belong to a registry: co.uk, com.au. */
enum { REGISTRY_LABEL = 3 };

static void lower_address(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* Gives the last two labels of a domain, or three where the second is a registry's. */
static const char *main_domain(const char *domain)
{
	const char *start = domain + strlen(domain);
	for (int dots = 0; start > domain; start--) {
		size_t label = strcspn(start, ".");
		if (start[-1] == '.' && ++dots >= 2 && (dots > 2 || label > REGISTRY_LABEL))
			return start;
	}
	return domain;
}

/* Gives the local part without its dots and without a tag: providers deliver a.b+tag@ or ab-tag@ to ab@. */
static char *main_mailbox(const char *address, const char *at, struct arena *arena)
{
	size_t n = strcspn(address, "+-=#@");
	n = n ? n : (size_t)(at - address);
	char *mailbox = text_printed(arena, "%.*s%s", (int)n, address, at), *to = mailbox;
	for (size_t i = 0; mailbox[i]; i++)
		if (mailbox[i] != '.' || i >= n)
			*to++ = mailbox[i];
	*to = '\0';
	return mailbox;
}

int receipt_count(const struct config *config, const char *address, const char **over, struct arena *arena)
{
	char *lowered = arena_copy(arena, address, strlen(address));
	lower_address(lowered);
	const char *at = strrchr(lowered, '@');
	if (strcmp(at, "@googlemail.com") == 0)
		at = "@gmail.com";
	const struct {
		const char *key, *who;
		const struct rate *rate;
	} counts[] = {
		{"receipts_mailbox", main_mailbox(lowered, at, arena), &config->receipts_mailbox},
		{"receipts_domain", main_domain(at + 1), &config->receipts_domain},
		{"receipts", "", &config->receipts},
	};
	struct rates rates;
	int64_t wait = 0;
	*over = NULL;
	rates_begin(&rates, config);
	for (size_t i = 0; wait == 0 && i < sizeof counts / sizeof *counts; i++) {
		const struct form counted = {.name = counts[i].key, .rate = *counts[i].rate};
		wait = rates_count(&rates, &counted, counts[i].who);
		if (wait > 0)
			*over = counts[i].key;
	}
	rates_end(&rates);
	return wait < 0 ? -1 : 0;
}

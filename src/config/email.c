/* E-mail addresses, checked as the HTML standard has browsers check them, and no longer than SMTP allows (RFC 5321 §4.5.3.1). */
#include "config/email.h"

#include <string.h>

#include "base/ascii.h"

enum { EMAIL_MAX = 254, LABEL_MAX = 63 };

/* Checks for labels of 1 to 63 letters, digits and inner hyphens, separated by single dots. */
static bool is_mail_domain(const char *domain)
{
	for (;;) {
		size_t n = strcspn(domain, ".");
		if (n == 0 || n > LABEL_MAX || !ascii_is_alphanumeric(domain[0]) || !ascii_is_alphanumeric(domain[n - 1]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (!ascii_is_alphanumeric(domain[i]) && domain[i] != '-')
				return false;
		if (!domain[n])
			return true;
		domain += n + 1;
	}
}

bool email_valid(const char *value)
{
	const char *at = strchr(value, '@');
	if (!at || at == value || strlen(value) > EMAIL_MAX)
		return false;
	for (const char *c = value; c < at; c++)
		if (!ascii_is_alphanumeric(*c) && !strchr(".!#$%&'*+/=?^_`{|}~-", *c))
			return false;
	return is_mail_domain(at + 1);
}

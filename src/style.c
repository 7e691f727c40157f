/*
 * The style sheet stands in the page itself, and the site's own rules behind it: their hashes are in the policy, so that no other
 * style and no script at all can run (CSP level 3).
 */
#include "style.h"

#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

#include "diag.h"
#include "file.h"

enum { FILE_MAX = 256 * 1024 };

static const char style[] =
	":root{color-scheme:light dark;--back:#f6f6f4;--card:#fff;--ink:#1c1d1f;--soft:#5c5f66;--line:#8a8d94;--edge:#dddeda;"
	"--act:#1d4f91;--on-act:#fff;--bad:#b3261e;--bad-back:#fdf0ee}"
	"@media(prefers-color-scheme:dark){:root{--back:#17181a;--card:#212326;--ink:#ececea;--soft:#a9adb5;--line:#7d828b;"
	"--edge:#35383d;--act:#8ab8f5;--on-act:#10233c;--bad:#ff9d92;--bad-back:#3a2422}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--back);color:var(--ink);font:1.0625rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"main{max-width:40rem;margin:0 auto;padding:clamp(1rem,5vw,3rem) clamp(1rem,5vw,2.5rem)}"
	"@media(min-width:44rem){main{background:var(--card);border:1px solid var(--edge);border-radius:.75rem;margin:3rem auto}}"
	"h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem}"
	"h2{font-size:1.125rem;margin:0 0 .5rem}"
	"p{margin:0 0 1rem}"
	"a{color:var(--act)}"
	".field{margin:0 0 1.5rem;padding:0;border:0;min-width:0}"
	".field>label:not(.tick),legend{display:block;font-weight:600;padding:0;margin:0 0 .25rem}"
	".optional,.hint,.soft{color:var(--soft);font-weight:400}"
	".hint,.fault{margin:0 0 .375rem;font-size:.9375rem}"
	".fault{color:var(--bad);font-weight:600}"
	".wrong{border-inline-start:.25rem solid var(--bad);padding-inline-start:.875rem}"
	"input,select,textarea,button{font:inherit;color:inherit}"
	".field>input,select,textarea{width:100%;padding:.625rem .75rem;background:var(--card);border:1px solid var(--line);"
	"border-radius:.375rem}"
	".group{margin:.25rem 0 .5rem;padding:0;border:0}.group legend{font-weight:400;color:var(--soft)}"
	"textarea{display:block;min-height:9rem;resize:vertical}"
	".tick{display:flex;gap:.625rem;align-items:flex-start;padding:.375rem 0}"
	".tick input{width:1.25rem;height:1.25rem;margin:.125rem 0 0;flex:none;accent-color:var(--act)}"
	"button{padding:.75rem 1.5rem;min-height:2.75rem;border:0;border-radius:.375rem;background:var(--act);color:var(--on-act);"
	"font-weight:600;cursor:pointer}"
	":focus-visible{outline:3px solid var(--act);outline-offset:2px}"
	".summary{border:2px solid var(--bad);background:var(--bad-back);border-radius:.375rem;padding:1rem 1.25rem;margin:0 0 1.5rem}"
	".summary ul{margin:0;padding-inline-start:1.25rem}.summary p:last-child{margin:0}.summary a{color:var(--bad)}"
	".trap{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
	"dl{margin:1.5rem 0;border-top:1px solid var(--edge)}"
	"dt{font-weight:600;padding-top:.75rem}"
	"dd{margin:0;padding-bottom:.75rem;border-bottom:1px solid var(--edge);white-space:pre-wrap}"
	"code{font-family:ui-monospace,monospace;font-size:.9375em}";

static void put_hash(struct text *policy, struct span rules)
{
	unsigned char hash[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
	sha256_init(&context);
	sha256_update(&context, rules.length, (const unsigned char *)rules.bytes);
	sha256_digest(&context, sizeof hash, hash);
	sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	text_format(policy, " 'sha256-%s'", base64);
}

struct span style_file(const char *path, struct arena *arena)
{
	struct span content = {"", 0};
	if (path && file_read(path, FILE_MAX, arena, &content) < 0) {
		diag_system("%s: can't be read, so pages go without it", path);
		return (struct span){"", 0};
	}
	return content;
}

/* Text in a style element ends at the next "</style", whatever it means there. */
bool style_is_sound(struct span rules)
{
	for (size_t i = 0; i + 1 < rules.length; i++)
		if (rules.bytes[i] == '<' && rules.bytes[i + 1] == '/')
			return false;
	return true;
}

static void put_style(struct text *out, struct text *policy, struct span rules)
{
	text_put(out, "<style>");
	text_add(out, rules.bytes, rules.length);
	text_put(out, "</style>\n");
	put_hash(policy, rules);
}

const char *style_put(struct text *out, const struct config *config)
{
	struct text policy = {.arena = out->arena};
	bool own = config && (config->css || config->header || config->footer);
	text_put(&policy, "default-src 'none'; style-src");
	put_style(out, &policy, span_of(style));
	struct span rules = style_file(config ? config->css : NULL, out->arena);
	if (rules.length && style_is_sound(rules))
		put_style(out, &policy, rules);
	else if (rules.length)
		diag_error("%s: holds \"</\", so pages go without it", config->css);
	text_put(&policy, own ? " 'self'; img-src 'self' data:; font-src 'self'" : "");
	text_put(&policy, "; base-uri 'none'; frame-ancestors 'self'");
	return policy.bytes;
}

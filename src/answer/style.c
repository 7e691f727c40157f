/*
 * The style sheet is in the page itself, followed by the site's own rules. The policy holds their hashes, so that no other style is
 * applied and no script runs (CSP level 3).
 */
#include "answer/style.h"

#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"

static const char style[] =
	":root{color-scheme:light dark;--back:#f6f6f4;--card:#fff;--ink:#1c1d1f;--soft:#5c5f66;--line:#85888f;--edge:#dddeda;"
	"--act:#1d4f91;--on-act:#fff;--bad:#b3261e;--bad-back:#fdf0ee}"
	"@media(prefers-color-scheme:dark){:root{--back:#17181a;--card:#212326;--ink:#ececea;--soft:#a9adb5;--line:#7d828b;"
	"--edge:#35383d;--act:#8ab8f5;--on-act:#10233c;--bad:#ff9d92;--bad-back:#3a2422}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--back);color:var(--ink);font:1.0625rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"main,body>header,body>footer{max-width:40rem;margin:0 auto;padding:1rem clamp(1rem,5vw,2.5rem)}"
	"main{padding-block:clamp(1.5rem,5vw,2.5rem)}"
	"h1{font-size:clamp(1.5rem,5vw,1.875rem);line-height:1.2;letter-spacing:-.01em;margin:0 0 1rem}"
	"h2{font-size:1.125rem;line-height:1.35;margin:0 0 .5rem}p+h2{margin-top:2rem}"
	"p{margin:0 0 1rem}main>:last-child{margin-bottom:0}"
	"ul{margin:0;padding-inline-start:1.25rem}li+li{margin-top:.375rem}"
	"a{color:var(--act)}"
	"form{margin-top:1.5rem}"
	".field{margin:0 0 1.75rem;padding:0;border:0;min-width:0}"
	".field>label:not(.tick),legend{display:block;font-weight:600;padding:0;margin:0 0 .25rem}"
	"legend{float:left;width:100%}legend+*{clear:both}"
	".optional,.hint,.soft{color:var(--soft);font-weight:400}"
	".hint,.fault,.optional,.soft{font-size:.9375rem}"
	".hint,.fault{margin:0 0 .375rem}.tick+.hint{margin-inline-start:1.875rem}"
	".fault{color:var(--bad);font-weight:600}"
	".wrong{border-inline-start:.25rem solid var(--bad);padding-inline-start:1rem}"
	"input,select,textarea,button{font:inherit;color:inherit}"
	"input,select,textarea{scroll-margin-top:9rem}"
	".field>input,select,textarea{width:100%;min-height:2.875rem;padding:.5rem .75rem;background:var(--card);"
	"border:1px solid var(--line);border-radius:.375rem}"
	".wrong>input,.wrong select,.wrong textarea{border-color:var(--bad)}"
	"input[type=date],input[type=number]{width:12rem;max-width:100%}"
	"textarea{display:block;min-height:9rem;resize:vertical}"
	"::file-selector-button{font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:.25rem;"
	"padding:0 .75rem;margin-inline-end:.75rem}"
	".tick{display:flex;gap:.625rem;padding:.3125rem 0}"
	".tick input{width:1.25rem;height:1.25rem;margin:.1875rem 0 0;flex:none;accent-color:var(--act)}"
	".group{margin:.5rem 0;padding:0;border:0;min-width:0}.group legend{font-size:.9375rem;margin:0}"
	"button,.button{padding:.5625rem 1.75rem;border:1px solid transparent;border-radius:.375rem;font-weight:600}"
	"button{min-height:2.875rem;background:var(--act);color:var(--on-act);cursor:pointer}"
	"progress{width:100%;height:1rem;margin:0 0 1.5rem;accent-color:var(--act)}"
	".button{display:inline-block;border-color:currentColor;text-decoration:none;text-align:center}"
	":is(button,.button):hover{text-decoration:underline}"
	".withdraw{margin:0 0 1.5rem}.withdraw :is(button,.button){background:none;color:var(--bad);border-color:currentColor}"
	":focus-visible{outline:3px solid var(--act);outline-offset:2px}"
	".summary{border:2px solid var(--bad);background:var(--bad-back);border-radius:.375rem;padding:1rem 1.25rem;margin:0 0 1.5rem}"
	".summary p:last-child{margin:0}.summary a{color:var(--bad);font-weight:600}"
	"h2+dl{margin-top:.75rem}dl{margin:1.5rem 0;border-bottom:1px solid var(--edge)}"
	"dt{font-weight:600;border-top:1px solid var(--edge);padding-top:.75rem}"
	"dd{margin:0;padding-bottom:.75rem;white-space:pre-wrap;unicode-bidi:plaintext}[dir=rtl] :is(dd,p){text-align:right}"
	"dd:has(+dd){padding-bottom:0}"
	"code{font-family:ui-monospace,monospace}"
	"@media(max-width:30rem){button,.button{width:100%}}"
	"@media(min-width:44rem){main{background:var(--card);border:1px solid var(--edge);border-radius:.75rem;margin-block:2.5rem}"
	"header+main{margin-top:0}dl{display:grid;grid-template-columns:2fr 3fr}dt{padding:.75rem 0;padding-inline-end:1.5rem}"
	"dt:has(+dd+dd){grid-row:span 2}dd{grid-column:2}dt+dd{border-top:1px solid var(--edge);padding-top:.75rem}}"
	".paper{display:none}"
	"@media print{:root{--back:#fff;--card:#fff;--ink:#000;--soft:#333;--edge:#999}"
	"main{border:0;margin:0;padding:0;max-width:none}h2{break-after:avoid}dt,dd{break-inside:avoid}"
	".screen,.button,button,.back{display:none}.paper{display:block}}";

/* The base64 of that sheet's SHA-256, which would be three quarters of the work for a page; tests/unit/style.c gives the new one. */
static const char style_hash[] = "GkvA2YwQv7uOSv8OFmV1Y4EXrPm2MmRcbUxaGvPVPIw=";

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
	if (path && file_read(path, SITE_FILE_MAX, arena, &content) < 0) {
		diag_system("%s: can't be read; pages are sent without it", path);
		return (struct span){"", 0};
	}
	return content;
}

/*
 * Gives rules as a browser reads them, because it hashes what it has read: valid UTF-8, line ends as LF, no NUL (WHATWG HTML,
 * "preprocessing the input stream"). A byte order mark is dropped: it would become part of the first selector.
 */
static struct span as_read(struct span rules, struct arena *arena)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct text valid = {.arena = arena}, read = {.arena = arena};
	utf8_repair(&valid, rules.bytes, rules.length);
	const char *c = text_string(&valid), *end = c + valid.length;
	c += strncmp(c, mark, sizeof mark - 1) == 0 ? sizeof mark - 1 : 0;
	for (; c < end; c++)
		if (*c == '\0')
			text_put(&read, "\xef\xbf\xbd");
		else if (*c != '\r')
			text_byte(&read, *c);
		else if (c[1] != '\n')
			text_put(&read, "\n");
	return (struct span){text_string(&read), read.length};
}

static void put_sheet(struct text *out, struct span rules)
{
	text_put(out, "<style>");
	text_add(out, rules.bytes, rules.length);
	text_put(out, "</style>\n");
}

static void put_style(struct text *out, struct text *policy, struct span rules)
{
	put_sheet(out, rules);
	put_hash(policy, rules);
}

const char *style_put(struct text *out, const struct config *config, const char *more, const struct words *framers)
{
	struct text policy = {.arena = out->arena};
	bool own = config && (config->css || config->header || config->footer);
	text_put(&policy, "default-src 'none'; style-src");
	put_sheet(out, span_of(style));
	text_format(&policy, " 'sha256-%s'", style_hash);
	if (more)
		put_style(out, &policy, span_of(more));
	struct span rules = as_read(style_file(config ? config->css : NULL, out->arena), out->arena);
	if (rules.length && config_rules_sound(rules))
		put_style(out, &policy, rules);
	else if (rules.length)
		diag_error("%s: contains \"</\"; pages are sent without it", config->css);
	text_put(&policy, own ? " 'self'; img-src 'self' data:; font-src 'self'" : "");
	text_put(&policy, "; base-uri 'none'; frame-ancestors 'self'");
	for (size_t i = 0; framers && i < framers->n; i++)
		text_format(&policy, " %s", framers->words[i]);
	return policy.bytes;
}

time_t style_changed(const struct config *config)
{
	const char *const files[] = {config->css, config->header, config->footer};
	struct stat status;
	time_t changed = 0;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i] && stat(files[i], &status) == 0 && status.st_mtime > changed)
			changed = status.st_mtime;
	return changed;
}

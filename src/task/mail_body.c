/*
 * Text is quoted-printable (RFC 2045 §6.7), so no line is long and none is a dot alone. Uploads follow as base64. Lines end in LF:
 * programs make them CR LF where they need to, and some (qmail's, nullmailer's) would make CR CR LF of CR LF. Neither encoding
 * contains "=_", with which the boundaries begin.
 */
#include "task/mail_body.h"

#include "body/sniff.h"
#include "task/mime.h"

static void put_part(struct text *out, const char *type, const char *text)
{
	text_format(out, "Content-Type: text/%s; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n", type);
	mime_quoted(out, text);
	if (out->bytes[out->length - 1] != '\n')
		text_put(out, "\n");
}

/* The parts of an alternative are in the order of how well they show the content, the best last (RFC 2046 §5.1.4). */
static void put_texts(struct text *out, const char *mark, const char *text, const char *html)
{
	if (!html) {
		put_part(out, "plain", text);
		return;
	}
	text_format(out, "Content-Type: multipart/alternative;\n boundary=\"=_a%s\"\n\n--=_a%s\n", mark, mark);
	put_part(out, "plain", text);
	text_format(out, "\n--=_a%s\n", mark);
	put_part(out, "html", html);
	text_format(out, "\n--=_a%s--\n", mark);
}

/*
 * The type is what the bytes look like, or octet-stream: visitors may announce any type. The name is there twice: Outlook reads it
 * from Content-Type only, in encoded words.
 */
static void put_upload(struct text *out, const struct mail_file *file)
{
	struct span content = file->content;
	const char *type = sniff((const unsigned char *)content.bytes, content.length);
	text_format(out, "Content-Type: %s", type ? type : "application/octet-stream");
	mime_name(out, file->name);
	text_put(out, "\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment");
	mime_filename(out, file->name);
	text_put(out, "\n\n");
	mime_base64(out, content);
}

void mail_body_write(struct text *out, const char *mark, const char *text, const char *html, const struct mail_file *files, size_t n)
{
	bool mixed = false;
	for (size_t i = 0; i < n; i++)
		mixed |= files[i].content.bytes != NULL;
	if (!mixed) {
		put_texts(out, mark, text, html);
		return;
	}
	text_format(out, "Content-Type: multipart/mixed;\n boundary=\"=_m%s\"\n\n--=_m%s\n", mark, mark);
	put_texts(out, mark, text, html);
	for (size_t i = 0; i < n; i++)
		if (files[i].content.bytes) {
			text_format(out, "\n--=_m%s\n", mark);
			put_upload(out, &files[i]);
		}
	text_format(out, "\n--=_m%s--\n", mark);
}

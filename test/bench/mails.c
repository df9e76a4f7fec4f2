/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mails FOLDER KIND COUNT SEED: write COUNT messages NNNNN.eml, the same for the same seed.
 * KIND mix: 60 % small text and HTML (4-30 KB), 25 % HTML with links, 12 % attachments
 * (100 KB-2 MB), 3 % EICAR in a zip. KIND plain: 10 KB of text each. FOLDER/index.tsv says what is what. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"

static uint64_t state;

/* splitmix64: every seed gives a sequence of its own */
static uint64_t
next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static size_t
pick(size_t from, size_t to)
{
	return from + (size_t)(next() % (to - from + 1));
}

static const char *const words[] = {
	"the", "order", "meeting", "please", "find", "attached", "report", "for", "next", "week", "and", "we",
	"would", "like", "to", "confirm", "your", "delivery", "of", "figures", "project", "team", "regards",
	"invoice", "schedule", "review", "with", "changes", "from", "customer", "support", "about", "network",
	"update", "version", "release", "documentation", "production", "question", "answer", "market", "quarter",
	"contract", "signed", "because", "although", "several", "details", "below", "thanks", "yesterday",
};

static void
text(struct buf *b, size_t n)
{
	size_t end = b->n + n, column = 0;

	while (b->n < end) {
		const char *w = words[pick(0, sizeof(words) / sizeof(*words) - 1)];

		/* One word in eight is a number or a name that no other message has. */
		if (next() % 8 == 0)
			buf_printf(b, "%s%llx ", w, (unsigned long long)(next() & 0xffffff));
		else
			buf_printf(b, "%s ", w);
		column += strlen(w) + 1;
		if (column > 66) {
			buf_adds(b, "\r\n");
			column = 0;
		}
	}
	buf_adds(b, "\r\n");
}

static void
html(struct buf *b, size_t n, bool links)
{
	size_t end = b->n + n;

	buf_adds(b, "<!DOCTYPE html>\r\n<html><head><meta charset=3D\"utf-8\"><title>News</title>\r\n"
	    "<style>td { font: 13px sans-serif; color: #333 }</style></head><body><table width=3D\"600\">\r\n");
	while (b->n < end) {
		buf_adds(b, "<tr><td class=3D\"row\" style=3D\"padding:4px\">");
		text(b, pick(100, 400));
		if (links)
			buf_printf(b, "<a href=3D\"https://news%llu.example.com/r/%016llx?u=3D%llx\">read more</a>\r\n"
			    "<img src=3D\"https://img.example.net/%llx.png\" width=3D\"20\" alt=3D\"\">\r\n",
			    (unsigned long long)(next() % 500), (unsigned long long)next(),
			    (unsigned long long)(next() & 0xffff), (unsigned long long)(next() & 0xffffffff));
		buf_adds(b, "</td></tr>\r\n");
	}
	buf_adds(b, "</table></body></html>\r\n");
}

static void
noise(struct buf *b, size_t n)
{
	char *p = buf_room(b, n);

	for (size_t i = 0; p && i < n; i++)
		p[i] = (char)(next() >> 32);
	b->n += p ? n : 0;
}

static void
base64(struct buf *out, struct str in)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t column = 0;

	for (size_t i = 0; i < in.n; i += 3) {
		size_t left = in.n - i;
		uint32_t v = (uint32_t)(unsigned char)in.p[i] << 16;

		v |= left > 1 ? (uint32_t)(unsigned char)in.p[i + 1] << 8 : 0;
		v |= left > 2 ? (unsigned char)in.p[i + 2] : 0;
		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, left > 1 ? digits[v >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? digits[v & 63] : '=');
		column += 4;
		if (column == 76) {
			buf_adds(out, "\r\n");
			column = 0;
		}
	}
	buf_adds(out, "\r\n");
}

static la_ssize_t
zip_write(struct archive *a, void *out, const void *p, size_t n)
{
	(void)a;
	buf_add(out, (struct str){ p, n });
	return (la_ssize_t)n;
}

/* A zip of n members; in every second one the content is text, so that it packs well. */
static void
zip(struct buf *out, const char *const *names, const struct str *contents, size_t n)
{
	struct archive *a = archive_write_new();

	archive_write_set_format_zip(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open(a, out, NULL, zip_write, NULL);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_pathname(e, names[i]);
		archive_entry_set_size(e, (la_int64_t)contents[i].n);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_mtime(e, 1700000000, 0);
		archive_write_header(a, e);
		archive_write_data(a, contents[i].p, contents[i].n);
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
}

/* A stream as PDF writers make them: text and pictures, both deflated. */
static void
pdf_stream(struct buf *out, size_t object)
{
	struct buf plain;
	uLongf packed;
	char *p;

	buf_init(&plain, 1 << 20);
	if (next() % 2)
		text(&plain, pick(2000, 40000));
	else
		noise(&plain, pick(10000, 100000));
	packed = compressBound(plain.n);
	p = malloc(packed);
	if (!p || compress((Bytef *)p, &packed, (const Bytef *)plain.p, plain.n) != Z_OK)
		abort();
	buf_printf(out, "%zu 0 obj\n<< /Length %lu /Filter /FlateDecode >>\nstream\n", object, packed);
	buf_add(out, (struct str){ p, packed });
	buf_adds(out, "\nendstream\nendobj\n");
	free(p);
	buf_clear(&plain);
}

static void
pdf(struct buf *out, size_t n)
{
	size_t object = 3, end = out->n + n;

	buf_adds(out, "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	    "2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n");
	while (out->n < end)
		pdf_stream(out, object++);
	buf_adds(out, "trailer\n<< /Root 1 0 R >>\n%%EOF\n");
}

static void
office(struct buf *out, size_t n)
{
	static const char *const names[] = { "[Content_Types].xml", "word/document.xml", "word/media/image1.png",
	    "word/styles.xml" };
	struct buf part[4];
	struct str contents[4];

	for (size_t i = 0; i < 4; i++)
		buf_init(&part[i], 8 << 20);
	buf_adds(&part[0], "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/"
	    "content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>");
	buf_adds(&part[1], "<?xml version=\"1.0\"?><w:document><w:body><w:p>");
	text(&part[1], n / 2);
	buf_adds(&part[1], "</w:p></w:body></w:document>");
	buf_adds(&part[2], "\x89PNG\r\n\x1a\n");
	noise(&part[2], n * 3 / 4);
	text(&part[3], 20000);
	for (size_t i = 0; i < 4; i++)
		contents[i] = buf_str(&part[i]);
	zip(out, names, contents, 4);
	for (size_t i = 0; i < 4; i++)
		buf_clear(&part[i]);
}

static void
archive(struct buf *out, size_t n)
{
	static const char *const names[] = { "readme.txt", "data.csv", "picture.jpg" };
	struct buf part[3];
	struct str contents[3];

	for (size_t i = 0; i < 3; i++)
		buf_init(&part[i], 8 << 20);
	text(&part[0], 3000);
	text(&part[1], n);
	buf_adds(&part[2], "\xff\xd8\xff\xe0\0\x10JFIF");
	noise(&part[2], n * 2 / 3);
	for (size_t i = 0; i < 3; i++)
		contents[i] = buf_str(&part[i]);
	zip(out, names, contents, 3);
	for (size_t i = 0; i < 3; i++)
		buf_clear(&part[i]);
}

/* Put together here only, so that no scanner finds it in this file. */
static void
eicar(struct buf *out)
{
	static const char *const names[] = { "invoice.com" };
	struct buf bad;
	struct str content;

	buf_init(&bad, 200);
	buf_printf(&bad, "X5O!P%%@AP[4\\PZX54(P^)7CC)7}$%s-STANDARD-%s-TEST-FILE!$H+H*", "EICAR", "ANTIVIRUS");
	content = buf_str(&bad);
	zip(out, names, &content, 1);
	buf_clear(&bad);
}

static void
head(struct buf *b, unsigned i)
{
	buf_printf(b, "Received: from client%u.example.org (client%u.example.org [192.0.2.%u])\r\n"
	    "\tby mx.example.com (Postfix) with ESMTPS id %012llX\r\n\tfor <user@example.com>; "
	    "Mon, 16 Nov 2026 09:%02u:%02u +0000\r\n", i, i, i % 250, (unsigned long long)(next() & 0xffffffffffff),
	    i / 60 % 60, i % 60);
	buf_printf(b, "Date: Mon, 16 Nov 2026 09:%02u:%02u +0000\r\nFrom: Sender %u <sender%u@example.org>\r\n"
	    "To: User <user@example.com>\r\nMessage-ID: <%016llx.%u@example.org>\r\nSubject: ", i / 60 % 60, i % 60,
	    i, i, (unsigned long long)next(), i);
	for (int w = 0; w < 5; w++)
		buf_printf(b, "%s ", words[pick(0, sizeof(words) / sizeof(*words) - 1)]);
	buf_adds(b, "\r\nMIME-Version: 1.0\r\n");
}

static void
alternative(struct buf *b, size_t text_n, size_t html_n, bool links)
{
	unsigned long long mark = (unsigned long long)next();

	buf_printf(b, "Content-Type: multipart/alternative; boundary=\"alt-%016llx\"\r\n\r\n--alt-%016llx\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n", mark, mark);
	text(b, text_n);
	buf_printf(b, "--alt-%016llx\r\nContent-Type: text/html; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n", mark);
	html(b, html_n, links);
	buf_printf(b, "--alt-%016llx--\r\n", mark);
}

static void
attached(struct buf *b, const char *type, const char *name, struct str content)
{
	unsigned long long mark = (unsigned long long)next();

	buf_printf(b, "Content-Type: multipart/mixed; boundary=\"mix-%016llx\"\r\n\r\n--mix-%016llx\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n", mark, mark);
	text(b, pick(300, 3000));
	buf_printf(b, "--mix-%016llx\r\nContent-Type: %s; name=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment; filename=\"%s\"\r\n\r\n", mark, type, name, name);
	base64(b, content);
	buf_printf(b, "--mix-%016llx--\r\n", mark);
}

static const char *
with_attachment(struct buf *b)
{
	size_t n = next() % 4 ? pick(100 << 10, 600 << 10) : pick(600 << 10, 1400 << 10);
	struct buf file;

	buf_init(&file, 16 << 20);
	switch (next() % 4) {
	case 0:
		pdf(&file, n);
		attached(b, "application/pdf", "report.pdf", buf_str(&file));
		break;
	case 1:
		office(&file, n);
		attached(b, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "minutes.docx",
		    buf_str(&file));
		break;
	case 2:
		archive(&file, n);
		attached(b, "application/zip", "files.zip", buf_str(&file));
		break;
	case 3:
		noise(&file, n);
		attached(b, "application/octet-stream", "backup.dat", buf_str(&file));
		break;
	}
	buf_clear(&file);
	return "attachment";
}

static const char *
infected(struct buf *b)
{
	struct buf file;

	buf_init(&file, 1 << 16);
	eicar(&file);
	attached(b, "application/zip", "invoice.zip", buf_str(&file));
	buf_clear(&file);
	return "infected";
}

static const char *
mixed(struct buf *b)
{
	size_t roll = pick(0, 99);

	if (roll < 3)
		return infected(b);
	if (roll < 15)
		return with_attachment(b);
	if (roll < 40) {
		alternative(b, pick(1000, 5000), pick(20 << 10, 120 << 10), true);
		return "html";
	}
	if (roll < 70) {
		buf_adds(b, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
		text(b, pick(3500, 29000));
	} else {
		alternative(b, pick(1000, 5000), pick(2500, 24000), false);
	}
	return "small";
}

static const char *
plain(struct buf *b)
{
	buf_adds(b, "Content-Type: text/plain; charset=utf-8\r\n\r\n");
	text(b, 9700);
	return "plain";
}

static bool
save(const char *folder, unsigned i, struct str mail)
{
	char path[4096];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%05u.eml", folder, i);
	f = fopen(path, "w");
	if (!f)
		return false;
	ok = fwrite(mail.p, 1, mail.n, f) == mail.n;
	return fclose(f) == 0 && ok;
}

int
main(int argc, char **argv)
{
	char path[4096];
	struct buf b;
	FILE *index;

	if (argc != 5) {
		fprintf(stderr, "usage: mails FOLDER mix|plain COUNT SEED\n");
		return 64;
	}
	snprintf(path, sizeof(path), "%s/index.tsv", argv[1]);
	index = fopen(path, "w");
	if (!index) {
		perror(path);
		return 73;
	}
	buf_init(&b, 64 << 20);
	for (unsigned i = 0; i < strtoul(argv[3], NULL, 10); i++) {
		const char *kind;

		state = strtoull(argv[4], NULL, 10) * 1000003 + i;
		buf_reset(&b);
		head(&b, i);
		kind = strcmp(argv[2], "plain") == 0 ? plain(&b) : mixed(&b);
		if (!save(argv[1], i, buf_str(&b))) {
			perror(argv[1]);
			return 74;
		}
		fprintf(index, "%05u.eml\t%s\t%zu\n", i, kind, b.n);
	}
	buf_clear(&b);
	return fclose(index) == 0 ? 0 : 74;
}

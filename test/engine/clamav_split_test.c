/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Nothing is lost by looking at decoded parts instead of the whole message, by AC_ONLY, and by
 * the second engine for signatures that need the mail: a database with every kind of
 * signature, a message for each, and both ways of scanning side by side. */
#include <clamav.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "engine/clamav_split.h"
#include "kit.h"

enum { MAIL_MAX = 256 * 1024, NAMES_MAX = 2000 };

/* --- building blocks --- */

static void
add_hex(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_printf(b, "%02x", (unsigned char)s.p[i]);
}

static void
add_digest(struct buf *b, const char *algorithm, struct str s)
{
	unsigned char d[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_Digest(s.p, s.n, d, &n, EVP_get_digestbyname(algorithm), NULL);
	add_hex(b, (struct str){ (char *)d, n });
}

static void
add_base64(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i += 57) {
		unsigned char line[128];
		struct str piece = str_sub(s, i, 57);

		EVP_EncodeBlock(line, (const unsigned char *)piece.p, (int)piece.n);
		buf_printf(b, "%s\r\n", (char *)line);
	}
}

static void
le(struct buf *b, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(b, (char)(i < sizeof(v) ? v >> 8 * i : 0));
}

static void
pad(struct buf *b, size_t to)
{
	while (b->n < to)
		buf_addc(b, 0);
}

/* A PE with one section of 512 bytes that begins with the content. */
static void
add_pe(struct buf *b, struct str content)
{
	size_t start = b->n;

	buf_adds(b, "MZ");
	pad(b, start + 0x3c);
	le(b, 0x40, 4);
	buf_add(b, (struct str){ "PE\0\0", 4 });
	le(b, 0x14c, 2);
	le(b, 1, 2);		/* sections */
	le(b, 0, 12);
	le(b, 0xe0, 2);
	le(b, 0x102, 2);
	le(b, 0x10b, 2);	/* optional header */
	pad(b, start + 0x40 + 24 + 16);
	le(b, 0x1000, 4);	/* entry point */
	pad(b, start + 0x40 + 24 + 28);
	le(b, 0x400000, 4);
	le(b, 0x1000, 4);
	le(b, 0x200, 4);
	le(b, 4, 2);
	pad(b, start + 0x40 + 24 + 48);
	le(b, 4, 2);
	pad(b, start + 0x40 + 24 + 56);
	le(b, 0x2000, 4);
	le(b, 0x200, 4);
	pad(b, start + 0x40 + 24 + 68);
	le(b, 2, 2);
	pad(b, start + 0x40 + 24 + 92);
	le(b, 16, 4);
	pad(b, start + 0x40 + 24 + 0xe0);
	buf_add(b, (struct str){ ".text\0\0\0", 8 });
	le(b, 0x200, 4);
	le(b, 0x1000, 4);
	le(b, 0x200, 4);
	le(b, 0x200, 4);
	le(b, 0, 12);
	le(b, 0x60000020, 4);
	pad(b, start + 0x200);
	buf_add(b, content);
	pad(b, start + 0x400);
}

static void
add_zip(struct buf *b, const char *name, struct str content)
{
	size_t start = b->n, dir, n = strlen(name);
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)content.p, (uInt)content.n);

	for (int central = 0; central < 2; central++) {
		dir = b->n;
		buf_add(b, central ? STR("PK\001\002") : STR("PK\003\004"));
		if (central)
			le(b, 20, 2);
		le(b, 20, 2);
		le(b, 0, 8);
		le(b, crc, 4);
		le(b, content.n, 4);
		le(b, content.n, 4);
		le(b, n, 2);
		le(b, 0, 2);
		if (central)
			le(b, 0, 14);
		buf_adds(b, name);
		if (!central)
			buf_add(b, content);
	}
	n = b->n - dir;
	buf_add(b, STR("PK\005\006"));
	le(b, 0, 4);
	le(b, 1, 2);
	le(b, 1, 2);
	le(b, n, 4);
	le(b, dir - start, 4);
	le(b, 0, 2);
}

static void
add_pdf(struct buf *b, struct str content)
{
	unsigned char packed[4096];
	uLongf n = sizeof(packed);

	if (compress(packed, &n, (const Bytef *)content.p, content.n) != Z_OK)
		abort();
	buf_printf(b, "%%PDF-1.4\n1 0 obj\n<< /Length %lu /Filter /FlateDecode >>\nstream\n", n);
	buf_add(b, (struct str){ (char *)packed, n });
	buf_adds(b, "\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n");
}

/* --- the database --- */

struct database {
	struct buf hdb, hsb, mdb, ndb, ldb, cdb, fp, pdb;
};

static void
ndb(struct database *d, const char *name, const char *target, const char *offset, struct str text)
{
	buf_printf(&d->ndb, "%s:%s:%s:", name, target, offset);
	add_hex(&d->ndb, text);
	buf_addc(&d->ndb, '\n');
}

static void
ldb(struct database *d, const char *name, const char *block, const char *expression, struct str text, const char *more)
{
	buf_printf(&d->ldb, "%s;%s;%s;", name, block, expression);
	add_hex(&d->ldb, text);
	buf_printf(&d->ldb, "%s\n", more);
}

/* --- the messages --- */

struct mail {
	const char *name;		/* of the signature that must match, part of it */
	const char *header;		/* field of the mail, or "" */
	const char *type, *file;
	struct buf content;
	bool clean;			/* allow-listed: nothing must match */
	bool body;			/* no attachment */
};

enum { MAILS_MAX = 64 };

struct set {
	struct database db;
	struct mail mail[MAILS_MAX];
	size_t n;
};

static struct buf *
mail_add(struct set *s, const char *name, const char *type, const char *file)
{
	struct mail *m = &s->mail[s->n++];

	*m = (struct mail){ .name = name, .header = "", .type = type, .file = file };
	buf_init(&m->content, MAIL_MAX);
	return &m->content;
}

static void
fill_hashes(struct set *s)
{
	struct database *d = &s->db;
	struct buf *c = mail_add(s, "Test.MD5", "application/octet-stream", "a.bin");

	buf_adds(c, "content known by its MD5 and by nothing else");
	add_digest(&d->hdb, "MD5", buf_str(c));
	buf_printf(&d->hdb, ":%zu:Test.MD5\n", c->n);
	c = mail_add(s, "Test.SHA1", "application/octet-stream", "b.bin");
	buf_adds(c, "content known by its SHA-1 and by nothing else");
	add_digest(&d->hsb, "SHA1", buf_str(c));
	buf_printf(&d->hsb, ":%zu:Test.SHA1\n", c->n);
	c = mail_add(s, "Test.SHA256", "application/octet-stream", "c.bin");
	buf_adds(c, "content known by its SHA-256, of any size");
	add_digest(&d->hsb, "SHA256", buf_str(c));
	buf_adds(&d->hsb, ":*:Test.SHA256:73\n");
	c = mail_add(s, "Test.Section", "application/octet-stream", "section.exe");
	add_pe(c, STR("section known by its hash"));
	buf_adds(&d->mdb, "512:");
	add_digest(&d->mdb, "MD5", str_from(buf_str(c), 0x200));
	buf_adds(&d->mdb, ":Test.Section\n");
	c = mail_add(s, "Test.Allowed", "application/octet-stream", "allowed.bin");
	s->mail[s->n - 1].clean = true;
	buf_adds(c, "MARKER-ALLOWED in a file that the operator trusts");
	ndb(d, "Test.Allowed", "0", "*", STR("MARKER-ALLOWED"));
	add_digest(&d->fp, "MD5", buf_str(c));
	buf_printf(&d->fp, ":%zu:Trusted\n", c->n);
}

static void
fill_targets(struct set *s)
{
	struct database *d = &s->db;
	struct buf *c = mail_add(s, "Test.Any", "application/octet-stream", "any.bin");

	buf_adds(c, "some bytes MARKER-ANY-FILE and more");
	ndb(d, "Test.Any", "0", "*", STR("MARKER-ANY-FILE"));
	c = mail_add(s, "Test.PE", "application/octet-stream", "p.exe");
	add_pe(c, STR("MARKER-PE-FILE"));
	ndb(d, "Test.PE", "1", "*", STR("MARKER-PE-FILE"));
	c = mail_add(s, "Test.Entry", "application/octet-stream", "e.exe");
	add_pe(c, STR("MARKER-ENTRY-POINT"));
	ndb(d, "Test.Entry", "1", "EP+0", STR("MARKER-ENTRY-POINT"));
	c = mail_add(s, "Test.InSection", "application/octet-stream", "s.exe");
	add_pe(c, STR("....MARKER-SECTION-OFFSET"));
	ndb(d, "Test.InSection", "1", "S0+4", STR("MARKER-SECTION-OFFSET"));
	c = mail_add(s, "Test.OLE", "application/msword", "o.doc");
	buf_add(c, (struct str){ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8 });
	pad(c, 512);
	buf_adds(c, "MARKER-OLE-FILE");
	pad(c, 2048);
	ndb(d, "Test.OLE", "2", "*", STR("MARKER-OLE-FILE"));
	c = mail_add(s, "Test.HTML", "text/html", "h.html");
	buf_adds(c, "<HTML><BODY><P>text</P><B   CLASS=x>MARKER&#45;HTML</B></BODY></HTML>");
	ndb(d, "Test.HTML", "3", "*", STR("marker-html</b>"));
	c = mail_add(s, "Test.Script", "text/html", "j.html");
	buf_adds(c, "<html><script>var a='MARKER'+'-SCRIPT-TEXT'; eval(a);</script></html>");
	ndb(d, "Test.Script", "3", "*", STR("marker"));
	c = mail_add(s, "Test.GIF", "image/gif", "g.gif");
	buf_adds(c, "GIF89a");
	le(c, 0x00010001, 4);
	buf_adds(c, "...MARKER-GIF-FILE");
	pad(c, 200);
	ndb(d, "Test.GIF", "5", "*", STR("MARKER-GIF-FILE"));
	c = mail_add(s, "Test.ELF", "application/octet-stream", "elf");
	buf_add(c, (struct str){ "\x7f" "ELF\x01\x01\x01", 7 });
	pad(c, 100);
	buf_adds(c, "MARKER-ELF-FILE");
	ndb(d, "Test.ELF", "6", "*", STR("MARKER-ELF-FILE"));
	c = mail_add(s, "Test.Text", "text/plain", "t.txt");
	buf_adds(c, "Plain words.\r\nMARKER   SEVEN \r\n TEXT and the rest of this letter.\r\n");
	ndb(d, "Test.Text", "7", "*", STR("marker seven"));
	c = mail_add(s, "Test.PDF", "application/pdf", "d.pdf");
	add_pdf(c, STR("nothing"));
	buf_adds(c, "MARKER-PDF-RAW");
	ndb(d, "Test.PDF", "10", "*", STR("MARKER-PDF-RAW"));
	c = mail_add(s, "Test.Stream", "application/pdf", "s.pdf");
	add_pdf(c, STR("BT (MARKER-PDF-STREAM) Tj ET and some more text to make it longer"));
	ndb(d, "Test.Stream", "0", "*", STR("MARKER-PDF-STREAM"));
	c = mail_add(s, "Test.Wild", "application/octet-stream", "w.bin");
	buf_adds(c, "WILD-one-xyz-MIDDLE-----TAIL");
	buf_adds(&d->ndb, "Test.Wild:0:*:57494c442d??6e65*4d4944444c45{3-9}5441(494c|554c)\n");
	c = mail_add(s, "Test.AtEnd", "application/octet-stream", "end.bin");
	buf_adds(c, "............................MARKER-AT-EOF");
	ndb(d, "Test.AtEnd", "0", "EOF-13", STR("MARKER-AT-EOF"));
	c = mail_add(s, "Test.Long", "application/octet-stream", "long.bin");
	buf_adds(c, "A LONG LITERAL WITHOUT ANY WILDCARD THAT THE OTHER MATCHER WOULD HAVE TAKEN");
	ndb(d, "Test.Long", "0", "*", str_from(buf_str(c), 2));
}

static void
fill_mail(struct set *s)
{
	struct database *d = &s->db;
	struct buf inner, *c = mail_add(s, "Test.Mail", "text/plain", "m.txt");

	buf_adds(c, "hello");
	s->mail[s->n - 1].header = "X-Campaign: MARKER-OF-THE-MAIL";
	ndb(d, "Test.Mail", "4", "*", STR("MARKER-OF-THE-MAIL"));
	c = mail_add(s, "Test.Mailer", "text/plain", "m.txt");
	buf_adds(c, "hello");
	s->mail[s->n - 1].header = "X-Mailer: Evil Mailer 6";
	ndb(d, "Test.Mailer", "0", "*", STR("X-Mailer: Evil Mailer"));
	c = mail_add(s, "Test.LogicalMail", "text/plain", "m.txt");
	buf_adds(c, "hello");
	s->mail[s->n - 1].header = "X-Logic: MARKER-LOGIC-MAIL";
	ldb(d, "Test.LogicalMail", "Engine:51-255,Target:4", "0&1", STR("MARKER-LOGIC-MAIL"), ";66726f6d3a::i");
	c = mail_add(s, "Test.InMail", "application/octet-stream", "in.bin");
	buf_adds(c, "bytes MARKER-ATTACHED bytes");
	ldb(d, "Test.InMail", "Engine:51-255,Target:0,Container:CL_TYPE_MAIL", "0", STR("MARKER-ATTACHED"), "");
	c = mail_add(s, "Test.InZip", "application/zip", "z.zip");
	add_zip(c, "one.bin", STR("bytes MARKER-ZIPPED bytes"));
	ldb(d, "Test.InZip", "Engine:51-255,Target:0,Container:CL_TYPE_ZIP", "0", STR("MARKER-ZIPPED"), "");
	c = mail_add(s, "Test.Between", "application/zip", "b.zip");
	add_zip(c, "two.bin", STR("bytes MARKER-BETWEEN bytes"));
	ldb(d, "Test.Between", "Engine:81-255,Target:0,Intermediates:CL_TYPE_MAIL>CL_TYPE_ZIP", "0",
	    STR("MARKER-BETWEEN"), "");
	c = mail_add(s, "Test.AttachedName", "application/octet-stream", "evil_name_1.dat");
	buf_adds(c, "harmless content");
	buf_adds(&d->cdb, "Test.AttachedName:CL_TYPE_MAIL:*:^evil_name_1[.]dat$:*:*:*:*:*:*\n");
	c = mail_add(s, "Test.AnyName", "application/octet-stream", "evil_name_2.dat");
	buf_adds(c, "harmless content");
	buf_adds(&d->cdb, "Test.AnyName:*:*:evil_name_2[.]dat:*:*:*:*:*:*\n");
	c = mail_add(s, "Test.ZippedName", "application/zip", "n.zip");
	add_zip(c, "evil-name-3.dat", STR("harmless content"));
	buf_adds(&d->cdb, "Test.ZippedName:CL_TYPE_ZIP:*:evil-name-3[.]dat:*:*:*:*:*:*\n");
	c = mail_add(s, "Test.Any", "application/zip", "nested.zip");
	buf_init(&inner, MAIL_MAX);
	add_zip(&inner, "any.bin", STR("deep MARKER-ANY-FILE inside"));
	add_zip(c, "inner.zip", buf_str(&inner));
	buf_clear(&inner);
	c = mail_add(s, "Phishing", "text/html", "p.html");
	s->mail[s->n - 1].body = true;
	buf_adds(c, "<html><body>Dear customer, <a href=\"http://evil.example/login\">https://www.bank-of-test.com/</a>"
	    "</body></html>");
	buf_adds(&d->pdb, "H:bank-of-test.com\n");
}

static void
fill_logic(struct set *s)
{
	struct database *d = &s->db;
	struct buf *c = mail_add(s, "Test.Logic", "application/octet-stream", "l.bin");

	buf_adds(c, "first MARKER-LOGIC-A then MARKER-LOGIC-B and MARKER-LOGIC-B again");
	buf_adds(&d->ldb, "Test.Logic;Engine:51-255,Target:0;0&(1>1)&(2=0);");
	add_hex(&d->ldb, STR("MARKER-LOGIC-A"));
	buf_addc(&d->ldb, ';');
	add_hex(&d->ldb, STR("MARKER-LOGIC-B"));
	buf_addc(&d->ldb, ';');
	add_hex(&d->ldb, STR("MARKER-LOGIC-C"));
	buf_addc(&d->ldb, '\n');
	c = mail_add(s, "Test.Regex", "application/octet-stream", "r.bin");
	buf_adds(c, "trigger MARKER-PCRE and id=4711-0815;");
	ldb(d, "Test.Regex", "Engine:81-255,Target:0", "0&1", STR("MARKER-PCRE"), ";0/id=[0-9]{4}-[0-9]{4}/");
	c = mail_add(s, "Test.Nocase", "application/octet-stream", "n.bin");
	buf_adds(c, "some mArKeR-nOcAsE here");
	ldb(d, "Test.Nocase", "Engine:81-255,Target:0", "0", STR("marker-nocase"), "::i");
	c = mail_add(s, "Test.Wide", "application/octet-stream", "wide.bin");
	for (const char *p = "MARKER-WIDE"; *p; p++)
		le(c, (unsigned char)*p, 2);
	ldb(d, "Test.Wide", "Engine:81-255,Target:0", "0", STR("MARKER-WIDE"), "::wa");
	c = mail_add(s, "Test.Bytes", "application/octet-stream", "bytes.bin");
	buf_adds(c, "MARKER-BCOMP");
	le(c, 0x20, 1);
	buf_adds(c, "....");
	ldb(d, "Test.Bytes", "Engine:101-255,Target:0", "0&1", STR("MARKER-BCOMP"), ";0(>>12#ib1#=32)");
	c = mail_add(s, "Test.LogicPE", "application/octet-stream", "lp.exe");
	add_pe(c, STR("MARKER-LOGIC-PE"));
	ldb(d, "Test.LogicPE", "Engine:51-255,Target:1,NumberOfSections:1-1", "0", STR("MARKER-LOGIC-PE"), "");
	c = mail_add(s, "Test.LogicHTML", "text/html", "lh.html");
	buf_adds(c, "<html><body>MARKER<I>LOGIC HTML</I></body></html>");
	ldb(d, "Test.LogicHTML", "Engine:51-255,Target:3", "0", STR("marker<i>logic html"), "");
	c = mail_add(s, "Test.Size", "application/octet-stream", "size.bin");
	buf_adds(c, "MARKER-SIZED");
	ldb(d, "Test.Size", "Engine:51-255,Target:0,FileSize:12-12", "0", STR("MARKER-SIZED"), "");
}

static void
write_mail(const struct mail *m, struct buf *out)
{
	buf_reset(out);
	buf_adds(out, "From: a@sender.example\r\nTo: b@corp.example\r\nSubject: test\r\n"
	    "Date: Mon, 3 Mar 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n");
	if (m->header[0])
		buf_printf(out, "%s\r\n", m->header);
	buf_adds(out, "Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\n"
	    "Content-Type: text/plain\r\n\r\nSee the attachment.\r\n--b1\r\n");
	if (m->body) {
		buf_printf(out, "Content-Type: %s\r\n\r\n", m->type);
		buf_add(out, buf_str(&m->content));
		buf_adds(out, "\r\n--b1--\r\n");
		return;
	}
	buf_printf(out, "Content-Type: %s; name=\"%s\"\r\nContent-Disposition: attachment; filename=\"%s\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n", m->type, m->file, m->file);
	add_base64(out, buf_str(&m->content));
	buf_adds(out, "--b1--\r\n");
}

/* --- the reference: the whole message, as clamav-milter gives it to libclamav --- */

struct names {
	char text[NAMES_MAX];
};

static void
on_found(int fd, const char *name, void *arg)
{
	struct names *n = arg;
	size_t used = strlen(n->text);

	(void)fd;
	if (!strstr(n->text, name))
		snprintf(n->text + used, sizeof(n->text) - used, "%s ", name);
}

static struct cl_engine *
reference_open(const char *dir)
{
	struct cl_engine *e = cl_engine_new();
	unsigned n = 0;

	if (!e || cl_load(dir, e, &n, CL_DB_STDOPT) != CL_SUCCESS || cl_engine_compile(e) != CL_SUCCESS)
		return NULL;
	cl_engine_set_num(e, CL_ENGINE_DISABLE_CACHE, 1);
	cl_engine_set_clcb_virus_found(e, on_found);
	return e;
}

static void
reference_scan(struct cl_engine *e, struct str mail, struct names *out)
{
	struct cl_scan_options o = {
		.general = CL_SCAN_GENERAL_ALLMATCHES | CL_SCAN_GENERAL_HEURISTICS, .parse = ~0u,
	};
	cl_fmap_t *map = cl_fmap_open_memory(mail.p, mail.n);
	const char *name = NULL;
	unsigned long scanned = 0;

	out->text[0] = '\0';
	cl_scanmap_callback(map, NULL, &name, &scanned, e, &o, out);
	cl_fmap_close(map);
}

static bool
same(const struct kit *k, const char *reference)
{
	struct str rest = str_of(reference), name;
	size_t n = 0;
	bool good = true;

	while (str_next(&rest, ' ', &name)) {
		char text[200];

		if (!name.n)
			continue;
		snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
		if (!kit_hit(k, text)) {
			printf("#   lost %s\n", text);
			good = false;
		}
		n++;
	}
	return good && (n > 0 || k->scan.hits.n == 0);
}

static void
compare(struct set *s, struct kit *k, struct cl_engine *e)
{
	struct buf mail;

	buf_init(&mail, MAIL_MAX * 2);
	for (size_t i = 0; i < s->n; i++) {
		const struct mail *m = &s->mail[i];
		struct names names;
		char text[200];

		write_mail(m, &mail);
		reference_scan(e, buf_str(&mail), &names);
		kit_inspect(k, buf_str(&mail));
		snprintf(text, sizeof(text), "%s: the whole message matches", m->name);
		test_ok(m->clean == !strstr(names.text, m->name), text);
		snprintf(text, sizeof(text), "%s: so do its parts", m->name);
		if (!test_ok(m->clean ? !kit_hit(k, m->name) : kit_hit(k, m->name) && same(k, names.text), text)) {
			printf("#   whole: %s\n", names.text);
			kit_show(k);
		}
	}
	buf_clear(&mail);
}

static bool
write_database(const struct database *d, const char *dir)
{
	return kit_put(dir, "t.hdb", buf_str(&d->hdb)) && kit_put(dir, "t.hsb", buf_str(&d->hsb)) &&
	    kit_put(dir, "t.mdb", buf_str(&d->mdb)) && kit_put(dir, "t.ndb", buf_str(&d->ndb)) &&
	    kit_put(dir, "t.ldb", buf_str(&d->ldb)) && kit_put(dir, "t.cdb", buf_str(&d->cdb)) &&
	    kit_put(dir, "t.fp", buf_str(&d->fp)) && kit_put(dir, "t.pdb", buf_str(&d->pdb));
}

static void
database_init(struct database *d)
{
	struct buf *all[] = { &d->hdb, &d->hsb, &d->mdb, &d->ndb, &d->ldb, &d->cdb, &d->fp, &d->pdb };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], MAIL_MAX);
}

static void
database_clear(struct database *d)
{
	struct buf *all[] = { &d->hdb, &d->hsb, &d->mdb, &d->ndb, &d->ldb, &d->cdb, &d->fp, &d->pdb };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_clear(all[i]);
}

static void
test_detection(void)
{
	static struct set s;	/* large; one test uses it */
	struct kit k;
	struct cl_engine *e;
	char dir[64], conf[300];

	database_init(&s.db);
	fill_hashes(&s);
	fill_targets(&s);
	fill_mail(&s);
	fill_logic(&s);
	if (!kit_folder(dir, sizeof(dir)) || !test_ok(write_database(&s.db, dir), "the database is written"))
		return;
	snprintf(conf, sizeof(conf), "engine.clamav_databases = %s, rules/clamav\nengine.yara = no\n", dir);
	if (test_ok(kit_open(&k, conf), "our engines open")) {
		e = reference_open(dir);
		if (test_ok(e != NULL, "the reference opens"))
			compare(&s, &k, e);
		if (e)
			cl_engine_free(e);
	}
	kit_close(&k);
	kit_remove(dir);
	for (size_t i = 0; i < s.n; i++)
		buf_clear(&s.mail[i].content);
	database_clear(&s.db);
}

static void
test_lines(void)
{
	static const struct {
		const char *ext, *line;
		int want;	/* -1: no; else the depth */
	} cases[] = {
		{ "ndb", "A:4:*:6161", CLAMAV_DEPTH_RAW },
		{ "ndb", "A:0:*:6161", -1 },
		{ "ndb", "A:0:*:582d4d61696c65723a2045", CLAMAV_DEPTH_RAW },
		{ "ndb", "A:1:*:582d4d61696c65723a2045", -1 },
		{ "ldb", "A;Target:4;0;6161", CLAMAV_DEPTH_RAW },
		{ "ldb", "A;Engine:51-255,Target:0,Container:CL_TYPE_MAIL;0;6161", CLAMAV_DEPTH_PARTS },
		{ "ldb", "A;Target:1,Container:CL_TYPE_ZIP;0;6161", -1 },
		{ "ldb", "A;Target:0,Intermediates:CL_TYPE_MAIL>CL_TYPE_ZIP;0;6161", CLAMAV_DEPTH_ALL },
		{ "cdb", "A:CL_TYPE_MAIL:*:x:*:*:*:*:*:*", CLAMAV_DEPTH_PARTS },
		{ "cdb", "A:*:*:x:*:*:*:*:*:*", CLAMAV_DEPTH_PARTS },
		{ "cdb", "A:CL_TYPE_ZIP:*:x:*:*:*:*:*:*", -1 },
		{ "ndb", "# A:4:*:6161", -1 }, { "ndb", "", -1 }, { "hdb", "A:4:*:6161", -1 }, { "ldb", ";;;", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum clamav_depth depth = CLAMAV_DEPTH_RAW;
		bool wants = clamav_split_line(str_of(cases[i].ext), str_of(cases[i].line), &depth);

		test_int(wants ? (int)depth : -1, cases[i].want, cases[i].line);
	}
}

int
main(void)
{
	test_lines();
	test_detection();
	return test_done();
}

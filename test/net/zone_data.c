/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/zone_data.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/rd.h"

enum { WORDS = 40, WORD_MAX = 8192, TTL = 300, NAME_WIRE = 255, CNAMES = 8, UDP_PLAIN = 512, HEADER = 12 };

static const struct {
	struct str word;
	unsigned type;
} types[] = {
	{ STR("A"), ZONE_A }, { STR("AAAA"), ZONE_AAAA }, { STR("TXT"), ZONE_TXT }, { STR("MX"), ZONE_MX },
	{ STR("NS"), ZONE_NS }, { STR("PTR"), ZONE_PTR }, { STR("SOA"), ZONE_SOA }, { STR("CNAME"), ZONE_CNAME },
	{ STR("SPF"), 99 }, { STR("ANY"), 255 },
};

static const struct {
	struct str word;
	enum zone_fault fault;
} faults[] = {
	{ STR("!servfail"), ZONE_SERVFAIL }, { STR("!refused"), ZONE_REFUSED }, { STR("!formerr"), ZONE_FORMERR },
	{ STR("!notimp"), ZONE_NOTIMP }, { STR("!timeout"), ZONE_TIMEOUT }, { STR("!delay"), ZONE_DELAY },
	{ STR("!truncate"), ZONE_TRUNCATE }, { STR("!cut"), ZONE_CUT }, { STR("!wrong_id"), ZONE_WRONG_ID },
	{ STR("!wrong_name"), ZONE_WRONG_NAME }, { STR("!wrong_type"), ZONE_WRONG_TYPE },
	{ STR("!wrong_class"), ZONE_WRONG_CLASS }, { STR("!garbage"), ZONE_GARBAGE },
};

struct line {
	struct str word[WORDS];
	size_t n;
};

unsigned
zone_type(struct str word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq_nocase(word, types[i].word))
			return types[i].type;
	return 0;
}

static void
put_u16(struct buf *b, unsigned v)
{
	buf_addc(b, (char)(v >> 8));
	buf_addc(b, (char)v);
}

static void
put_u32(struct buf *b, uint32_t v)
{
	put_u16(b, v >> 16);
	put_u16(b, v & 0xffff);
}

/* A dot separates labels, whatever was escaped before; "" is the root. */
static bool
put_name(struct buf *b, struct str name)
{
	struct str label;
	size_t start = b->n;

	while (str_next(&name, '.', &label)) {
		if (label.n == 0)
			continue;
		if (label.n > 63)
			return false;
		buf_addc(b, (char)label.n);
		buf_add(b, label);
	}
	buf_addc(b, 0);
	return b->n - start <= NAME_WIRE;
}

/* ---- zone text ---- */

static bool
unescape(struct str *rest, struct buf *out)
{
	unsigned v = 0;

	if (rest->n >= 3 && ascii_is_digit((unsigned char)rest->p[0])) {
		for (size_t i = 0; i < 3; i++)
			v = v * 10 + (unsigned)(rest->p[i] - '0');
		buf_addc(out, (char)v);
		*rest = str_from(*rest, 3);
		return v < 256;
	}
	if (rest->n == 0)
		return false;
	buf_addc(out, rest->p[0]);
	*rest = str_from(*rest, 1);
	return true;
}

/* One word, with or without quotes. */
static bool
read_word(struct pool *pool, struct str *rest, struct str *out)
{
	bool quoted = rest->p[0] == '"', good = true;
	struct buf b;

	buf_init(&b, WORD_MAX);
	if (quoted)
		*rest = str_from(*rest, 1);
	while (good && rest->n && (quoted ? rest->p[0] != '"' : !ascii_is_space((unsigned char)rest->p[0]))) {
		char c = rest->p[0];

		*rest = str_from(*rest, 1);
		if (c == '\\')
			good = unescape(rest, &b);
		else
			buf_addc(&b, c);
	}
	if (quoted && rest->n == 0)
		good = false;
	if (quoted)
		*rest = str_from(*rest, 1);
	*out = pool_str(pool, buf_str(&b));
	good = good && !b.full;
	buf_clear(&b);
	return good;
}

static bool
read_words(struct pool *pool, struct str text, struct line *out)
{
	out->n = 0;
	for (;;) {
		while (text.n && ascii_is_space((unsigned char)text.p[0]))
			text = str_from(text, 1);
		if (text.n == 0 || text.p[0] == '#' || text.p[0] == ';')
			return true;
		if (out->n == WORDS || !read_word(pool, &text, &out->word[out->n++]))
			return false;
	}
}

static bool
put_numbers(struct buf *b, const struct str *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v;

		if (!str_to_u64(word[i], &v) || v > UINT32_MAX)
			return false;
		put_u32(b, (uint32_t)v);
	}
	return true;
}

static bool
put_address(struct buf *b, int family, struct str word, struct pool *pool)
{
	unsigned char a[16];

	if (inet_pton(family, pool_cstr(pool, word), a) != 1)
		return false;
	buf_add(b, (struct str){ (char *)a, family == AF_INET ? 4 : 16 });
	return true;
}

static bool
put_strings(struct buf *b, const struct str *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str s = word[i];

		do {		/* a long string is written in one piece in the zone */
			struct str piece = str_upto(s, 255);

			buf_addc(b, (char)piece.n);
			buf_add(b, piece);
			s = str_from(s, piece.n);
		} while (s.n);
	}
	return n > 0;
}

static bool
put_hex(struct buf *b, struct str hex)
{
	for (size_t i = 0; i + 1 < hex.n; i += 2) {
		int high = ascii_hex((unsigned char)hex.p[i]), low = ascii_hex((unsigned char)hex.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		buf_addc(b, (char)(high << 4 | low));
	}
	return hex.n % 2 == 0;
}

static bool
put_rdata(struct buf *b, unsigned type, const struct str *word, size_t n, struct pool *pool)
{
	uint64_t preference;

	switch (type) {
	case ZONE_A:
		return n == 1 && put_address(b, AF_INET, word[0], pool);
	case ZONE_AAAA:
		return n == 1 && put_address(b, AF_INET6, word[0], pool);
	case ZONE_NS:
	case ZONE_PTR:
	case ZONE_CNAME:
		return n == 1 && put_name(b, word[0]);
	case ZONE_MX:
		if (n != 2 || !str_to_u64(word[0], &preference) || preference > 65535)
			return false;
		put_u16(b, (unsigned)preference);
		return put_name(b, word[1]);
	case ZONE_SOA:
		return n == 7 && put_name(b, word[0]) && put_name(b, word[1]) && put_numbers(b, word + 2, 5);
	default:
		return put_strings(b, word, n);
	}
}

static struct str
key(struct pool *pool, struct str name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	return pool_lower(pool, name);
}

static const char *
add_record(struct zone_data *d, const struct line *line)
{
	uint64_t ttl = TTL;
	size_t at = str_to_u64(line->word[1], &ttl) ? 2 : 1;
	bool raw = at < line->n && str_eq(line->word[at], STR("RAW"));
	struct zone_record *r;
	struct buf b;
	unsigned type;
	bool good;

	at += raw;
	type = at < line->n ? zone_type(line->word[at]) : 0;
	if (type == 0)
		return "no type";
	at++;
	buf_init(&b, 65535);
	good = raw ? at + 1 == line->n && put_hex(&b, line->word[at]) :
	    put_rdata(&b, type, line->word + at, line->n - at, d->pool);
	if (good && !b.full) {
		r = vec_push(d->pool, &d->records, sizeof(*r));
		*r = (struct zone_record){ key(d->pool, line->word[0]), pool_str(d->pool, buf_str(&b)), (uint32_t)ttl, type };
	}
	good = good && !b.full;
	buf_clear(&b);
	return good ? NULL : "data do not fit the type";
}

static const char *
add_trouble(struct zone_data *d, const struct line *line)
{
	struct zone_trouble t = { .name = key(d->pool, line->word[0]) };
	uint64_t number;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (str_eq(line->word[1], faults[i].word))
			t.fault = faults[i].fault;
	if (t.fault == ZONE_NO_FAULT)
		return "no such fault";
	for (size_t i = 2; i < line->n; i++) {
		if (str_to_u64(line->word[i], &number))
			t.number = (unsigned)number;
		else if ((t.type = zone_type(line->word[i])) == 0)
			return "no type";
	}
	*(struct zone_trouble *)vec_push(d->pool, &d->troubles, sizeof(t)) = t;
	return NULL;
}

enum rc
zone_data_read(struct str text, struct zone_data **out, struct buf *why)
{
	struct pool *pool = pool_new(0);
	struct zone_data *d = pool_alloc(pool, sizeof(*d));
	struct str line;
	bool bad = false;

	d->pool = pool;
	for (unsigned n = 1; str_next(&text, '\n', &line); n++) {
		struct line words;
		const char *error = NULL;

		if (!read_words(pool, line, &words))
			error = "cannot be read";
		else if (words.n == 1)
			error = "a name alone";
		else if (words.n > 1)
			error = words.word[1].n && words.word[1].p[0] == '!' ? add_trouble(d, &words) : add_record(d, &words);
		if (error)
			buf_printf(why, "%u: %s\n", n, error);
		bad = bad || error;
	}
	if (bad)
		zone_data_free(&d);
	else
		*out = d;
	return bad ? RC_BAD : RC_OK;
}

void
zone_data_free(struct zone_data **d)
{
	struct pool *pool = *d ? (*d)->pool : NULL;

	if (pool)
		pool_free(&pool);
	*d = NULL;
}

/* ---- questions ---- */

static unsigned
get_u16(struct rd *r)
{
	unsigned high = rd_u8(r);

	return high << 8 | rd_u8(r);
}

static struct str
get_name(struct rd *r, struct pool *pool)
{
	char text[NAME_WIRE];
	size_t n = 0;

	for (;;) {
		struct str label = rd_bytes(r, rd_u8(r));

		if (r->err || label.n == 0)
			break;
		if (n + label.n + 1 > sizeof(text)) {
			r->err = true;
			break;
		}
		if (n)
			text[n++] = '.';
		memcpy(text + n, label.p, label.n);
		n += label.n;
	}
	return pool_lower(pool, (struct str){ text, n });
}

bool
zone_query_read(struct str packet, struct pool *pool, struct zone_query *q)
{
	struct rd r = { packet, 0, false };
	unsigned questions, additional;

	q->id = get_u16(&r);
	q->flags = get_u16(&r);
	questions = get_u16(&r);
	rd_bytes(&r, 4);
	additional = get_u16(&r);
	q->name = get_name(&r, pool);
	q->type = get_u16(&r);
	q->class = get_u16(&r);
	if (r.err || questions != 1 || q->flags & 0x8000)
		return false;
	q->question = str_sub(packet, HEADER, r.off - HEADER);
	q->udp_max = UDP_PLAIN;
	if (additional && rd_u8(&r) == 0 && get_u16(&r) == ZONE_OPT) {
		size_t size = get_u16(&r);

		if (!r.err && size > UDP_PLAIN)
			q->udp_max = size;
	}
	return true;
}

/* "*.example.com" is for what is below, "*" for everything. */
static bool
covers(struct str pattern, struct str name)
{
	if (str_eq(pattern, STR("*")))
		return true;
	if (pattern.n < 2 || !str_starts(pattern, STR("*.")))
		return str_eq(pattern, name);
	return name.n >= pattern.n && str_ends_nocase(name, str_from(pattern, 1));
}

const struct zone_trouble *
zone_trouble(const struct zone_data *d, const struct zone_query *q)
{
	const struct zone_trouble *t = d->troubles.items;

	for (size_t i = 0; i < d->troubles.n; i++)
		if ((t[i].type == 0 || t[i].type == q->type) && covers(t[i].name, q->name))
			return &t[i];
	return NULL;
}

/* ---- answers ---- */

/* Something is at the name or below it. */
static bool
exists(const struct zone_data *d, struct str name)
{
	const struct zone_record *r = d->records.items;

	for (size_t i = 0; i < d->records.n; i++) {
		struct str own = r[i].name;

		if (str_eq(own, name))
			return true;
		if (own.n > name.n && own.p[own.n - name.n - 1] == '.' && str_ends_nocase(own, name))
			return true;
	}
	return false;
}

/* Where the records for `name` stand: itself, or the longest "*." that covers it. */
static struct str
owner(const struct zone_data *d, struct str name)
{
	const struct zone_record *r = d->records.items;
	struct str best = STR_NONE;

	if (exists(d, name))
		return name;
	for (size_t i = 0; i < d->records.n; i++)
		if (r[i].name.n > best.n && str_starts(r[i].name, STR("*")) && covers(r[i].name, name))
			best = r[i].name;
	return best;
}

static void
put_record(struct buf *b, struct str name, unsigned class, const struct zone_record *r)
{
	put_name(b, name);
	put_u16(b, r->type);
	put_u16(b, class);
	put_u32(b, r->ttl);
	put_u16(b, (unsigned)r->rdata.n);
	buf_add(b, r->rdata);
}

/* RFC 2308 3: says how long "no" holds. A zone without SOA gets one. */
static void
put_authority(struct buf *b, const struct zone_data *d, struct str name)
{
	const struct zone_record *r = d->records.items;
	static const char rdata[] = "\2ns\7example\0\2hm\7example\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\74";
	struct zone_record made = { .rdata = { rdata, sizeof(rdata) - 1 }, .ttl = 60, .type = ZONE_SOA };
	size_t at;

	for (struct str above = name; above.n; above = at == STR_NPOS ? STR_NONE : str_from(above, at + 1)) {
		for (size_t i = 0; i < d->records.n; i++) {
			if (r[i].type != ZONE_SOA || !str_eq(r[i].name, above))
				continue;
			put_record(b, above, 1, &r[i]);
			return;
		}
		at = str_chr(above, '.');
	}
	at = str_rchr(name, '.');
	put_record(b, at == STR_NPOS ? name : str_from(name, at + 1), 1, &made);
}

struct counts {
	unsigned answers, rcode;
};

/* Records of the type at the name, along the aliases. */
static struct counts
put_answers(struct buf *b, const struct zone_data *d, const struct zone_query *q, const struct zone_trouble *t)
{
	const struct zone_record *r = d->records.items;
	unsigned class = t && t->fault == ZONE_WRONG_CLASS ? 3 : q->class;
	unsigned type = t && t->fault == ZONE_WRONG_TYPE ? (q->type == ZONE_TXT ? ZONE_A : ZONE_TXT) : q->type;
	struct counts c = { 0, 0 };
	struct str name = q->name;

	for (int hops = 0; hops < CNAMES; hops++) {
		struct str at = owner(d, name), next = STR_NONE;
		struct str shown = t && t->fault == ZONE_WRONG_NAME ? STR("wrong.name.invalid") : name;

		c.rcode = at.n ? 0 : 3;
		for (size_t i = 0; i < d->records.n; i++) {
			bool alias = r[i].type == ZONE_CNAME && type != ZONE_CNAME;

			if (!str_eq(r[i].name, at) || (r[i].type != type && !alias && type != 255))
				continue;
			put_record(b, shown, class, &r[i]);
			c.answers++;
			if (alias) {
				struct rd rd = { r[i].rdata, 0, false };

				next = get_name(&rd, d->pool);
			}
		}
		if (next.n == 0)
			break;
		name = next;
	}
	return c;
}

static void
put_header(struct buf *b, const struct zone_query *q, unsigned id, unsigned flags, struct counts c)
{
	put_u16(b, id);
	put_u16(b, 0x8480 | (q->flags & 0x0100) | flags | c.rcode);	/* QR AA RA */
	put_u16(b, 1);
	put_u16(b, c.answers);
	put_u16(b, c.answers ? 0 : flags || (c.rcode != 0 && c.rcode != 3) ? 0 : 1);
	put_u16(b, 0);
	buf_add(b, q->question);
}

static bool
is_code(enum zone_fault f)
{
	return f == ZONE_FORMERR || f == ZONE_SERVFAIL || f == ZONE_NOTIMP || f == ZONE_REFUSED;
}

static unsigned
code_of(enum zone_fault f)
{
	return f == ZONE_FORMERR ? 1 : f == ZONE_SERVFAIL ? 2 : f == ZONE_NOTIMP ? 4 : 5;
}

void
zone_answer(const struct zone_data *d, const struct zone_query *q, bool tcp, struct buf *out)
{
	const struct zone_trouble *t = zone_trouble(d, q);
	enum zone_fault fault = t ? t->fault : ZONE_NO_FAULT;
	unsigned id = fault == ZONE_WRONG_ID ? q->id ^ 0x5555 : q->id;
	struct counts c = { 0, 0 };
	struct buf body;

	if (fault == ZONE_TIMEOUT || (fault == ZONE_CUT && tcp))
		return;
	buf_init(&body, 65000);
	if (is_code(fault))
		c.rcode = code_of(fault);
	else
		c = put_answers(&body, d, q, t);
	if (c.answers == 0 && !is_code(fault))
		put_authority(&body, d, q->name);
	if (fault == ZONE_GARBAGE) {
		put_header(out, q, id, 0, (struct counts){ 7, 0 });
		buf_adds(out, "\300\377garbage");
	} else if (!tcp && (fault == ZONE_TRUNCATE || fault == ZONE_CUT ||
	    HEADER + q->question.n + body.n > q->udp_max)) {
		put_header(out, q, id, 0x0200, (struct counts){ 0, c.rcode });
	} else {
		put_header(out, q, id, 0, c);
		buf_add(out, buf_str(&body));
	}
	buf_clear(&body);
}

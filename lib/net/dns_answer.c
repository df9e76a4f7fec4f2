/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The rdata of an answer as records. libunbound has matched name, class and type and undone
 * compression; what is inside the rdata it hands on as the other server sent it. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/rd.h"
#include "net/dns_in.h"

/* 64 KiB are the most a message can have; a byte of a name becomes at most four. */
enum { NAME_WIRE = 255, LABEL_MAX = 63, TEXTS_MAX = 4 * 65536 };

struct reading {
	struct buf texts;
	struct dns_record *record;
	size_t *at;			/* where the text of each record begins in `texts` */
	size_t n;
};

static void *
must_alloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

/* A byte of a label; what would change the reading of the whole name is escaped. */
static void
put_label_byte(struct buf *out, unsigned char c)
{
	if (c > 0x20 && c < 0x7f && c != '.' && c != '\\')
		buf_addc(out, (char)ascii_lower(c));
	else
		buf_printf(out, "\\%03u", c);
}

/* RFC 1035 3.1: labels with their length before them, ended by an empty one. */
static void
read_name(struct rd *r, struct buf *out)
{
	size_t start = r->off;
	bool first = true;

	for (;;) {
		size_t len = rd_u8(r);
		struct str label;

		if (r->err || len == 0)
			break;
		if (len > LABEL_MAX) {		/* a pointer, where there is nothing to point into */
			r->err = true;
			break;
		}
		label = rd_bytes(r, len);
		if (!first)
			buf_addc(out, '.');
		first = false;
		for (size_t i = 0; i < label.n; i++)
			put_label_byte(out, (unsigned char)label.p[i]);
	}
	if (r->off - start > NAME_WIRE)
		r->err = true;
}

/* RFC 1035 3.3.14: strings of up to 255 bytes; RFC 7208 3.3 and RFC 6376 3.6.2.2 join them
 * without anything in between. */
static void
read_strings(struct rd *r, struct buf *out)
{
	size_t start = out->n;

	if (rd_left(r) == 0)
		r->err = true;			/* one string at least, it may be empty */
	while (!r->err && rd_left(r) > 0) {
		size_t len = rd_u8(r);

		buf_add(out, rd_bytes(r, len));
	}
	if (out->n - start > DNS_TEXT)
		r->err = true;
}

static void
read_address(struct rd *r, int family, struct dns_record *rec, struct buf *out)
{
	struct str addr = rd_bytes(r, family == AF_INET ? 4 : 16);
	char text[INET6_ADDRSTRLEN];

	if (r->err)
		return;
	memcpy(rec->addr, addr.p, addr.n);
	if (inet_ntop(family, rec->addr, text, sizeof(text)))
		buf_adds(out, text);
}

/* RFC 1035 3.3.13: two names and five numbers. */
static void
read_soa(struct rd *r, struct buf *out)
{
	struct buf contact;

	buf_init(&contact, NAME_WIRE * 4);
	read_name(r, out);
	read_name(r, &contact);
	rd_bytes(r, 20);
	buf_clear(&contact);
}

static bool
read_rdata(enum dns_type type, struct str rdata, struct dns_record *rec, struct buf *out)
{
	struct rd r = { rdata, 0, false };

	switch (type) {
	case DNS_A:
		read_address(&r, AF_INET, rec, out);
		break;
	case DNS_AAAA:
		read_address(&r, AF_INET6, rec, out);
		break;
	case DNS_TXT:
		read_strings(&r, out);
		break;
	case DNS_MX:
		rec->preference = rd_u8(&r);
		rec->preference = (uint16_t)(rec->preference << 8 | rd_u8(&r));
		read_name(&r, out);
		break;
	case DNS_NS:
	case DNS_PTR:
		read_name(&r, out);
		break;
	case DNS_SOA:
		read_soa(&r, out);
		break;
	}
	return !r.err && rd_left(&r) == 0 && !out->full;
}

static struct dns_packed *
pack(const struct reading *in, uint32_t ttl)
{
	size_t bytes = sizeof(struct dns_packed) + in->n * sizeof(in->record[0]) + in->texts.n;
	struct dns_packed *p = must_alloc(1, bytes);
	char *texts = (char *)&p->record[in->n];

	atomic_init(&p->holders, 1);
	p->bytes = bytes;
	p->answer = (struct dns_answer){ DNS_OK, p->record, in->n, ttl };
	if (in->texts.n)
		memcpy(texts, in->texts.p, in->texts.n);
	for (size_t i = 0; i < in->n; i++) {
		size_t end = i + 1 < in->n ? in->at[i + 1] : in->texts.n;

		p->record[i] = in->record[i];
		p->record[i].text = (struct str){ texts + in->at[i], end - in->at[i] };
	}
	return p;
}

struct dns_packed *
dns_packed_none(enum dns_rc rc, uint32_t ttl)
{
	struct dns_packed *p = must_alloc(1, sizeof(*p));

	atomic_init(&p->holders, 1);
	p->bytes = sizeof(*p);
	p->answer = (struct dns_answer){ .rc = rc, .ttl = ttl };
	return p;
}

struct dns_packed *
dns_packed_read(enum dns_type type, const struct str *rdata, size_t n, uint32_t ttl)
{
	struct reading in = { .n = n < DNS_RECORDS ? n : DNS_RECORDS };
	struct dns_packed *p;
	bool good = true;

	if (n == 0)
		return dns_packed_none(DNS_NODATA, ttl);
	in.record = must_alloc(in.n, sizeof(in.record[0]));
	in.at = must_alloc(in.n, sizeof(in.at[0]));
	buf_init(&in.texts, TEXTS_MAX);
	for (size_t i = 0; i < in.n && good; i++) {
		in.at[i] = in.texts.n;
		good = read_rdata(type, rdata[i], &in.record[i], &in.texts);
	}
	p = good ? pack(&in, ttl) : dns_packed_none(DNS_FAIL, ttl);
	buf_clear(&in.texts);
	free(in.record);
	free(in.at);
	return p;
}

struct dns_packed *
dns_packed_get(struct dns_packed *p)
{
	atomic_fetch_add(&p->holders, 1);
	return p;
}

void
dns_packed_put(struct dns_packed **p)
{
	if (*p && atomic_fetch_sub(&(*p)->holders, 1) == 1)
		free(*p);
	*p = NULL;
}

const struct dns_answer *
dns_packed_copy(const struct dns_packed *p, struct pool *pool)
{
	struct dns_answer *copy = pool_alloc(pool, sizeof(*copy));
	struct dns_record *rec;

	*copy = p->answer;
	if (copy->n == 0)
		return copy;
	rec = pool_alloc(pool, copy->n * sizeof(*rec));
	memcpy(rec, p->record, copy->n * sizeof(*rec));
	for (size_t i = 0; i < copy->n; i++)
		rec[i].text = pool_str(pool, rec[i].text);
	copy->records = rec;
	return copy;
}

/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/pubkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "auth/taglist.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/idna.h"
#include "base/rd.h"

enum {
	DER_BYTES = PUBKEY_BITS / 8 + 256,	/* a key of PUBKEY_BITS and what is around it */
	ED25519_BYTES = 32,
	NAME_BYTES = 253, LABEL_BYTES = 63	/* RFC 1035 2.3.4 */
};

bool
pubkey_is_domain(struct str s)
{
	size_t label = 0;

	if (s.n == 0 || s.n > NAME_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '.' && label == 0)
			return false;
		if (c != '.' && !ascii_is_alnum(c) && c != '-' && c != '_')
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_BYTES)
			return false;
	}
	return label > 0;
}

struct str
pubkey_name(struct pool *pool, struct str selector, struct str domain)
{
	struct str name;

	selector = idna_ascii(pool, selector);
	domain = idna_ascii(pool, domain);
	if (!pubkey_is_domain(selector) || !pubkey_is_domain(domain))
		return STR_NONE;
	name = pool_printf(pool, "%.*s._domainkey.%.*s", STR_ARG(selector), STR_ARG(domain));
	return name.n <= NAME_BYTES ? pool_lower(pool, name) : STR_NONE;
}

/* Is `word` one of the words between colons? */
static bool
has_word(struct str list, struct str word)
{
	struct str w;

	while (str_next(&list, ':', &w))
		if (str_eq_nocase(str_trim(w), word))
			return true;
	return false;
}

/* One DER element of the tag, all of it. */
static struct str
der(struct rd *r, unsigned tag)
{
	size_t n;

	r->err |= rd_u8(r) != tag;
	n = rd_u8(r);
	if (n == 0x81) {
		n = rd_u8(r);
	} else if (n == 0x82) {
		n = rd_u8(r);
		n = n << 8 | rd_u8(r);
	} else {
		r->err |= n >= 0x80;
	}
	return rd_bytes(r, n);
}

/* RFC 6376 3.6.1 asks for an RSAPublicKey; everybody publishes the SubjectPublicKeyInfo around
 * it (erratum 3017). Only that of an RSA key is taken off, so that no other kind of key reaches
 * OpenSSL's readers. */
static struct str
without_info(struct str in)
{
	static const char rsa[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
	struct rd outer = { .in = in };
	struct rd r = { .in = der(&outer, 0x30) };
	struct str algorithm = der(&r, 0x30), bits = der(&r, 0x03);

	if (outer.err || r.err || rd_left(&outer) || rd_left(&r) || bits.n == 0 || bits.p[0] != 0 ||
	    !str_starts(algorithm, (struct str){ rsa, sizeof(rsa) - 1 }))
		return in;
	return str_from(bits, 1);
}

static bool
exponent_is_small(EVP_PKEY *pkey)
{
	BIGNUM *e = NULL;
	bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	    BN_num_bits(e) <= PUBKEY_EXPONENT_BITS;

	BN_free(e);
	return ok;
}

static EVP_PKEY *
read_rsa(struct str in)
{
	struct str body = without_info(in);
	const unsigned char *at = (const unsigned char *)body.p;
	EVP_PKEY *pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)body.n);

	ERR_clear_error();
	if (pkey && ((const char *)at != body.p + body.n || !exponent_is_small(pkey))) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return pkey;
}

static void
free_key(void *pkey)
{
	EVP_PKEY_free(pkey);
}

static enum auth_result
read_key(struct pool *pool, struct str p, struct pubkey *key, struct str *why)
{
	unsigned char bytes[DER_BYTES];
	size_t n;

	*why = STR("key record: p= is no key");
	if (!base64_get(p, bytes, sizeof(bytes), &n))
		return AUTH_PERMERROR;
	if (key->type == PUBKEY_RSA)
		key->pkey = read_rsa((struct str){ (const char *)bytes, n });
	else if (n == ED25519_BYTES)
		key->pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, n);
	if (!key->pkey)
		return AUTH_PERMERROR;
	pool_cleanup(pool, free_key, key->pkey);
	key->bits = (uint32_t)EVP_PKEY_get_bits(key->pkey);
	if (key->bits > PUBKEY_BITS) {
		*why = STR("key too large");
		return AUTH_POLICY;
	}
	*why = STR_NONE;
	return AUTH_PASS;
}

/* Tags that say whether this key may be used here at all. */
static bool
may_be_used(const struct taglist *l, enum pubkey_type want, struct str *why)
{
	struct str v;

	if (taglist_get(l, STR("v"), &v) && (!str_eq(v, STR("DKIM1")) || !str_eq(l->tag[0].name, STR("v"))))
		*why = STR("key record: v= is not DKIM1");
	else if (taglist_get(l, STR("h"), &v) && !has_word(v, STR("sha256")))
		*why = STR("key record: h= without sha256");
	else if (taglist_get(l, STR("s"), &v) && !has_word(v, STR("*")) && !has_word(v, STR("email")))
		*why = STR("key record: s= is not for e-mail");
	else if (!str_eq_nocase(taglist_get(l, STR("k"), &v) ? v : STR("rsa"),
	    want == PUBKEY_RSA ? STR("rsa") : STR("ed25519")))
		*why = STR("key record: another k= than a= wants");
	return why->n == 0;
}

enum auth_result
pubkey_read(struct pool *pool, struct str record, enum pubkey_type want, struct pubkey *key, struct str *why)
{
	struct taglist list;
	struct str p, flags = STR_NONE;

	*key = (struct pubkey){ .type = want };
	*why = STR_NONE;
	if (record.n > PUBKEY_TEXT || !taglist_parse(record, &list) || !taglist_get(&list, STR("p"), &p)) {
		*why = STR("key record: syntax");
		return AUTH_PERMERROR;
	}
	if (!may_be_used(&list, want, why))
		return AUTH_PERMERROR;
	if (p.n == 0) {
		*why = STR("key revoked");
		return AUTH_PERMERROR;
	}
	taglist_get(&list, STR("t"), &flags);
	key->testing = has_word(flags, STR("y"));
	key->strict = has_word(flags, STR("s"));
	return read_key(pool, p, key, why);
}

static bool
verify_rsa(EVP_PKEY_CTX *ctx, const unsigned char *digest, struct str sig)
{
	return EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_verify(ctx, (const unsigned char *)sig.p, sig.n, digest, HASH_SHA256_BYTES) == 1;
}

/* RFC 8463 3: PureEdDSA over the digest. */
static bool
verify_ed25519(EVP_PKEY *pkey, const unsigned char *digest, struct str sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.n, digest, HASH_SHA256_BYTES) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

bool
pubkey_verify(const struct pubkey *key, const unsigned char digest[HASH_SHA256_BYTES], struct str sig)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (key->type == PUBKEY_ED25519) {
		ok = verify_ed25519(key->pkey, digest, sig);
	} else {
		ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
		ok = ctx && verify_rsa(ctx, digest, sig);
		EVP_PKEY_CTX_free(ctx);
	}
	ERR_clear_error();
	return ok;
}

/* The keys of RFC 8463, appendix A: a signature that is wrong takes the same way through OpenSSL. */
bool
pubkey_warm(void)
{
	static const struct {
		enum pubkey_type type;
		struct str record;
	} keys[] = {
		{ PUBKEY_RSA, STR("p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2"
		    "jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVY"
		    "LzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB") },
		{ PUBKEY_ED25519, STR("k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") },
	};
	const unsigned char digest[HASH_SHA256_BYTES] = { 0 }, sig[128] = { 0 };
	struct pool *pool = pool_new(0);
	bool ok = true;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct pubkey key;
		struct str why;

		ok = ok && pubkey_read(pool, keys[i].record, keys[i].type, &key, &why) == AUTH_PASS &&
		    !pubkey_verify(&key, digest, (struct str){ (const char *)sig, sizeof(sig) / (i + 1) });
	}
	pool_free(&pool);
	return ok;
}

/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/privkey.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "auth/pubkey.h"
#include "base/base64.h"
#include "base/fdio.h"

struct privkey {
	EVP_PKEY *pkey;
	bool ed25519;
};

enum { SIGNATURE_MAX = PUBKEY_BITS / 8, ED25519_BYTES = 32 };

/* A key with a passphrase: nobody is there to be asked. */
static int
no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out, (void)size, (void)writing, (void)arg;
	return 0;
}

static enum rc
accept_key(EVP_PKEY *pkey, int bits_min, struct buf *why)
{
	int bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
		return RC_OK;
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
		buf_adds(why, "neither an RSA nor an Ed25519 key");
	else if (bits < bits_min)
		buf_printf(why, "an RSA key of %d bits; at least %d are wanted", bits, bits_min);
	else if (bits > PUBKEY_BITS)
		buf_printf(why, "an RSA key of %d bits; many verifiers refuse more than %d", bits, PUBKEY_BITS);
	else
		return RC_OK;
	return RC_BAD;
}

enum rc
privkey_parse(struct str pem, int bits_min, struct privkey **out, struct buf *why)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (!pkey) {
		buf_adds(why, "not a private key in PEM form without a passphrase");
		return RC_BAD;
	}
	if (accept_key(pkey, bits_min, why) != RC_OK) {
		EVP_PKEY_free(pkey);
		return RC_BAD;
	}
	*out = calloc(1, sizeof(**out));
	if (!*out)
		abort();
	(*out)->pkey = pkey;
	(*out)->ed25519 = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519;
	return RC_OK;
}

enum rc
privkey_load(const char *path, struct privkey **out, struct buf *why)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, PRIVKEY_FILE);
	rc = fdio_read_file(path, &text);
	if (rc == RC_OK)
		rc = privkey_parse(buf_str(&text), PRIVKEY_BITS_MIN, out, why);
	else
		buf_adds(why, rc == RC_NONE ? "no such file" : rc == RC_LIMIT ? "too large" : "cannot be read");
	if (text.p)
		OPENSSL_cleanse(text.p, text.n);
	buf_clear(&text);
	return rc == RC_OK ? RC_OK : RC_BAD;
}

void
privkey_free(struct privkey **k)
{
	if (*k)
		EVP_PKEY_free((*k)->pkey);
	free(*k);
	*k = NULL;
}

const char *
privkey_algorithm(const struct privkey *k)
{
	return k->ed25519 ? "ed25519-sha256" : "rsa-sha256";
}

bool
privkey_record(const struct privkey *k, struct buf *out)
{
	unsigned char raw[ED25519_BYTES], *der = NULL;
	size_t n = sizeof(raw);
	int len = k->ed25519 ? 0 : i2d_PUBKEY(k->pkey, &der);

	buf_printf(out, "v=DKIM1; k=%s; p=", k->ed25519 ? "ed25519" : "rsa");
	if (k->ed25519 && EVP_PKEY_get_raw_public_key(k->pkey, raw, &n) == 1)
		base64_put(out, (struct str){ (const char *)raw, n });
	else if (len > 0)
		base64_put(out, (struct str){ (const char *)der, (size_t)len });
	else
		return false;
	OPENSSL_free(der);
	return !out->full;
}

static bool
sign_rsa(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out, size_t *n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_sign(ctx, out, n, digest, HASH_SHA256_BYTES) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool
sign_ed25519(EVP_PKEY *pkey, const unsigned char *digest, unsigned char *out, size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, out, n, digest, HASH_SHA256_BYTES) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

bool
privkey_sign(const struct privkey *k, const unsigned char digest[HASH_SHA256_BYTES], struct buf *out)
{
	unsigned char sig[SIGNATURE_MAX];
	size_t n = sizeof(sig);
	bool ok = k->ed25519 ? sign_ed25519(k->pkey, digest, sig, &n) : sign_rsa(k->pkey, digest, sig, &n);

	ERR_clear_error();
	if (ok)
		base64_put(out, (struct str){ (const char *)sig, n });
	return ok && !out->full;
}

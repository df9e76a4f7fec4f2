/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/tls.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16384, DAY = 86400 };

struct tls {
	SSL_CTX *ctx;
	int listener;
	uint16_t port, behind;
	pthread_t thread;
	_Atomic bool stopping;
};

static bool
add_extension(X509 *cert, int what, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, what, value);
	bool good = e && X509_add_ext(cert, e, -1) == 1;

	X509_EXTENSION_free(e);
	return good;
}

static X509 *
make_certificate(EVP_PKEY *key, const char *name, long valid_s)
{
	X509 *cert = X509_new();
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
	char names[300];

	snprintf(names, sizeof(names), "DNS:%s", name);
	if (cert && X509_set_version(cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -DAY) && X509_gmtime_adj(X509_getm_notAfter(cert), valid_s) &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0) &&
	    X509_set_issuer_name(cert, subject) && X509_set_pubkey(cert, key) &&
	    add_extension(cert, NID_subject_alt_name, names) && add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	    X509_sign(cert, key, EVP_sha256()))
		return cert;
	X509_free(cert);
	return NULL;
}

static bool
write_certificate(X509 *cert, const char *path)
{
	FILE *f = fopen(path, "we");
	bool good = f && PEM_write_X509(f, cert) == 1;

	return f && fclose(f) == 0 && good;
}

SSL_CTX *
tls_context(const char *ca_path, const char *name, long valid_s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? make_certificate(key, name, valid_s) : NULL;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool good = cert && ctx && SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    write_certificate(cert, ca_path);

	X509_free(cert);
	EVP_PKEY_free(key);
	if (!good) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

/* The request is small and comes at once; then all of the answer. */
static void
carry(SSL *ssl, int behind)
{
	char piece[PIECE];
	int n = SSL_read(ssl, piece, PIECE);
	ssize_t got;

	if (n <= 0 || write(behind, piece, (size_t)n) != n)
		return;
	while ((got = read(behind, piece, PIECE)) > 0)
		if (SSL_write(ssl, piece, (int)got) <= 0)
			return;
	SSL_shutdown(ssl);
}

static void
talk(const struct tls *t, int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(t->behind),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int behind = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL *ssl = SSL_new(t->ctx);

	if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1 && behind >= 0 &&
	    connect(behind, (struct sockaddr *)&to, sizeof(to)) == 0)
		carry(ssl, behind);
	SSL_free(ssl);
	if (behind >= 0)
		close(behind);
}

static void *
run(void *arg)
{
	struct tls *t = arg;

	while (!atomic_load(&t->stopping)) {
		struct pollfd p = { .fd = t->listener, .events = POLLIN };
		int fd = poll(&p, 1, 50) > 0 ? accept4(t->listener, NULL, NULL, SOCK_CLOEXEC) : -1;

		if (fd >= 0) {
			talk(t, fd);
			close(fd);
		}
	}
	return NULL;
}

struct tls *
tls_new(uint16_t behind, const char *ca_path, const char *name, long valid_s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->behind = behind;
	t->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	t->ctx = tls_context(ca_path, name, valid_s);
	if (t->listener >= 0 && t->ctx && bind(t->listener, (struct sockaddr *)&a, len) == 0 &&
	    listen(t->listener, 16) == 0 && getsockname(t->listener, (struct sockaddr *)&a, &len) == 0) {
		t->port = ntohs(a.sin_port);
		if (pthread_create(&t->thread, NULL, run, t) == 0)
			return t;
	}
	if (t->listener >= 0)
		close(t->listener);
	SSL_CTX_free(t->ctx);
	free(t);
	return NULL;
}

uint16_t
tls_port(const struct tls *t)
{
	return t->port;
}

void
tls_free(struct tls **p)
{
	struct tls *t = *p;

	if (!t)
		return;
	atomic_store(&t->stopping, true);
	pthread_join(t->thread, NULL);
	close(t->listener);
	SSL_CTX_free(t->ctx);
	free(t);
	*p = NULL;
}

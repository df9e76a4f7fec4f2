/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tls.h - TLS in front of a server of test/net/web.h, with a certificate nobody else believes
 *
 * Input    the port behind it
 * Units    seconds
 * Limits   one connection after the other
 * Memory   tls_free
 * Errors   NULL: no certificate, no socket or no thread
 * Threads  one of its own
 * Source   RFC 8446, RFC 5280
 */
#ifndef TEST_NET_TLS_H
#define TEST_NET_TLS_H

#include <openssl/ssl.h>
#include <stdint.h>

struct tls;

/* ca_path: the certificate is written there; it vouches for itself. name: whose it is. valid_s: for how
 * long from now on; negative: it was over so long ago. */
struct tls *tls_new(uint16_t behind, const char *ca_path, const char *name, long valid_s);
uint16_t tls_port(const struct tls *);
void tls_free(struct tls **);

/* The same certificate for a server that speaks TLS itself; SSL_CTX_free. */
SSL_CTX *tls_context(const char *ca_path, const char *name, long valid_s);

#endif

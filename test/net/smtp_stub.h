/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* smtp_stub.h - an SMTP server of a test, on a thread of its own, that says what it is told to say
 *
 * Input    a script: words with ; between
 *              greet= ehlo= helo= mail= rcpt= data= end=TEXT   this answer; empty: none, !: it hangs up
 *              more=WORD        EHLO offers that as well
 *              only=ADDRESS     550 5.1.1 for others
 *              drip=MS          each byte of an answer after so long
 *              utf8             it knows SMTPUTF8
 *              bare=WORD        EHLO offers that, too, until TLS is spoken
 *              starttls=TEXT    EHLO offers STARTTLS, and this is its answer; behind 220 the handshake follows
 *              flood            an answer without end
 * Units    milliseconds
 * Limits   one connection at a time; SMTP_STUB_MAIL bytes of a message are kept
 * Memory   smtp_stub_free frees it
 * Errors   the test ends
 * Threads  smtp_stub_script and _heard while it runs
 * Source   RFC 5321
 */
#ifndef TEST_NET_SMTP_STUB_H
#define TEST_NET_SMTP_STUB_H

#include <openssl/ssl.h>

#include "base/str.h"

struct smtp_stub;

struct smtp_stub *smtp_stub_new(const char *script);
unsigned smtp_stub_port(const struct smtp_stub *);
void smtp_stub_script(struct smtp_stub *, const char *script);
/* What it speaks TLS with (test/net/tls.h); takes it over. Between two connections. */
void smtp_stub_tls(struct smtp_stub *, SSL_CTX *);
/* Its commands of the last connection, "|" after each. Valid until the next call. */
struct str smtp_stub_heard(struct smtp_stub *);
/* The last message that it took, dots undone, and how many. Valid until the next call. */
enum { SMTP_STUB_MAIL = 1024 * 1024 };
struct str smtp_stub_mail(struct smtp_stub *, unsigned *taken);
unsigned smtp_stub_connections(struct smtp_stub *);
void smtp_stub_free(struct smtp_stub **);

#endif

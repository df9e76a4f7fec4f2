/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mails.h - small mails in which canonical forms can go wrong
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   constants, lines end with LF
 * Errors   none
 * Threads  none
 * Source   RFC 6376 3.4
 */
#ifndef TEST_AUTH_MAILS_H
#define TEST_AUTH_MAILS_H

static const struct {
	const char *name, *text;
} mails[] = {
	{ "plain", "From: a@example.org\nTo: b@example.net\nSubject: one\n\nBody.\n" },
	{ "white space", "From:   a@example.org  \nTO: b@example.net\nSubject: a\tb   c\n\n a  b\t c \n\t\nend \n\n\n" },
	{ "folds", "From: a@example.org\nSubject: a\n  b\n\tc\nX-Empty:\nTo: x,\n y\n\nA line.\n" },
	{ "no body", "From: a@example.org\nSubject: one\n\n" },
	{ "blank lines only", "From: a@example.org\nSubject: one\n\n\n\n\n" },
	{ "blank lines with spaces", "From: a@example.org\nSubject: one\n\n  \n \t \n" },
	{ "no line end", "From: a@example.org\nSubject: one\n\nlast line" },
	{ "8 bit", "From: \xc3\xa9 <a@example.org>\nSubject: \xe9\n\n\xc3\xa9\xff\n" },
	{ "many fields", "Received: 1\nReceived: 2\nFrom: a@example.org\nTo: b@example.net\nCc: c@example.net\nReply-To:"
	  " d@example.org\nSubject: one\nDate: Thu, 14 Jan 2015 15:00:01 -0800\nMessage-ID: <1@example.org>\n"
	  "Content-Type: text/plain\n\nBody.\n.\n..\n" },
};
enum { MAILS = sizeof(mails) / sizeof(mails[0]) };

#endif

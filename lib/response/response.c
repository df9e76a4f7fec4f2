/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/response.h"

#include "base/clock.h"
#include "net/smtp_send.h"

static const char *const tls_words[] = { [SMTP_TLS_NO] = "no", [SMTP_TLS_TRY] = "try", [SMTP_TLS_MUST] = "must", NULL };

static const struct opt opts[] = {
	{ .name = "server", .type = OPT_TEXT, .offset = offsetof(struct release_conf, server), .def = "127.0.0.1:25",
	  .max = 255,
	  .help = "Host and port of the mail server that released mail and mail of our own is given to. It must be one that asks this sekimorid (smtpd_milters): what it is given carries a pass, which only then is looked at and taken out." },
	{ .name = "helo", .type = OPT_TEXT, .offset = offsetof(struct release_conf, helo), .def = "", .max = 255,
	  .help = "Name that is said to it. Empty: the name of this machine." },
	{ .name = "tls", .type = OPT_ENUM, .offset = offsetof(struct release_conf, tls), .words = tls_words, .def = "no",
	  .help = "STARTTLS: no; try, when it is offered, whatever its certificate says; must, with a certificate that is good for the host's name." },
	{ .name = "ca_file", .type = OPT_PATH, .offset = offsetof(struct release_conf, ca_file), .def = "",
	  .help = "Certificates that are believed with release.tls = must. Empty: those of the system." },
	{ .name = "deadline", .type = OPT_MSEC, .offset = offsetof(struct release_conf, deadline_ms), .def = "2m",
	  .min = 1000, .max = 3600000,
	  .help = "How long giving one mail to it may take. A release of which nobody knows how it ended is taken up again by the job `holds' half a minute after that." },
	OPT_END
};

const struct opt_table release_table = {
	.prefix = "release.",
	.title = "Release",
	.size = sizeof(struct release_conf),
	.opts = opts,
};

enum rc
response_open(const struct conf *conf, struct str state_dir, struct log_ctx lc, struct response *out, struct buf *why)
{
	enum rc rc;

	*out = (struct response){ .conf = conf_values(conf, &release_table), .state_dir = state_dir, .lc = lc };
	rc = records_open(conf_values(conf, &records_table), state_dir, RECORDS_TOOL, lc, &out->records, why);
	if (rc == RC_OK)
		rc = bodies_open(conf_values(conf, &bodies_table), state_dir, lc, &out->bodies, why);
	if (rc == RC_OK)
		rc = keyring_ensure(keyring_of(state_dir, KEYRING_PASS), clock_wall_ms() / 1000, &out->passes, why);
	if (rc != RC_OK)
		response_close(out);
	return rc;
}

void
response_close(struct response *r)
{
	keyring_close(&r->passes);
	bodies_close(&r->bodies);
	records_close(&r->records);
}

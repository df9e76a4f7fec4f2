/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/arc_opts.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/pubkey.h"

#define AT(field) .offset = offsetof(struct arc_conf, field)

static const char *const when[] = { "never", "modified", "always", NULL };

static const struct opt opts[] = {
	{ .name = "seal", .type = OPT_ENUM, AT(seal), .words = when, .def = "modified",
	  .help = "Which messages from outside get a seal (ARC): those whose body or subject is changed here, which "
	      "breaks the signatures they came with, or all. Nothing is sealed without arc.domain." },
	{ .name = "domain", .type = OPT_TEXT, AT(domain), .def = "", .max = 253, .restart = true, .value_help = "domain",
	  .help = "The domain in whose name messages are sealed. Its key is published in DNS at "
	      "SELECTOR._domainkey.DOMAIN, as for DKIM." },
	{ .name = "selector", .type = OPT_TEXT, AT(selector), .def = "", .max = 63, .restart = true, .value_help = "name",
	  .help = "The selector of that key." },
	{ .name = "key_file", .type = OPT_PATH, AT(key_file), .def = "", .max = PATH_MAX - 1, .restart = true,
	  .help = "The private key in PEM form, without a passphrase: RSA of 2048 bits or more; many verifiers do not "
	      "know Ed25519 in seals. The user sekimorid runs as must be able to read it, nobody else should." },
	OPT_END
};

static enum rc
check_options(const void *values, struct buf *why)
{
	const struct arc_conf *c = values;

	if (c->domain.n == 0)
		return RC_OK;
	if (!pubkey_is_domain(c->domain) || str_chr(c->domain, '.') == STR_NPOS)
		buf_adds(why, "arc.domain is no domain name");
	else if (!pubkey_is_domain(c->selector))
		buf_adds(why, "arc.domain needs arc.selector, a name in DNS");
	else if (c->key_file.n == 0)
		buf_adds(why, "arc.domain needs arc.key_file");
	else
		return RC_OK;
	return RC_BAD;
}

const struct opt_table arc_table = {
	.prefix = "arc.",
	.title = "Sealing",
	.size = sizeof(struct arc_conf),
	.opts = opts,
	.check = check_options,
};

bool
arc_conf_on(const struct arc_conf *c)
{
	return c->domain.n > 0 && c->seal != ARC_NEVER;
}

static bool
path_of(const struct arc_conf *c, char out[PATH_MAX])
{
	if (c->domain.n == 0 || c->key_file.n >= PATH_MAX)
		return false;
	memcpy(out, c->key_file.p, c->key_file.n);
	out[c->key_file.n] = '\0';
	return true;
}

enum rc
arc_conf_try(const struct arc_conf *c, struct buf *why)
{
	struct privkey *key = NULL;
	char path[PATH_MAX];
	enum rc rc;

	if (!path_of(c, path) || (access(path, R_OK) != 0 && errno == EACCES))
		return RC_OK;
	rc = arc_conf_key(c, &key, why);
	privkey_free(&key);
	return rc == RC_BAD ? RC_BAD : RC_OK;
}

enum rc
arc_conf_key(const struct arc_conf *c, struct privkey **out, struct buf *why)
{
	char path[PATH_MAX];
	struct buf reason;
	struct stat st;
	enum rc rc;

	*out = NULL;
	if (!path_of(c, path))
		return RC_NONE;
	buf_init(&reason, 1000);
	rc = privkey_load(path, out, &reason);
	if (rc == RC_OK && stat(path, &st) == 0 && (st.st_mode & S_IROTH)) {
		buf_adds(&reason, "everybody can read it");
		privkey_free(out);
		rc = RC_BAD;
	}
	if (rc != RC_OK)
		buf_printf(why, "%s: arc.key_file: %s\n", path, buf_cstr(&reason));
	buf_clear(&reason);
	return rc;
}

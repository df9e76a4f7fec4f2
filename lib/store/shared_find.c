/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/shared_find.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/ascii.h"

static void
copy(char *to, struct str from)
{
	if (from.n)
		memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alnum(c) && c != '.' && c != '-' && c != '_' && c != ':' && c != '%')
			return false;
	}
	return s.n > 0 && s.n <= SHARED_HOST;
}

enum rc
shared_place_set(struct shared_place *out, struct str host, struct str port, struct buf *why)
{
	uint64_t n;

	if (!is_host(host)) {
		buf_printf(why, "'%.*s' is no host name or address", STR_ARG(str_upto(host, 80)));
		return RC_BAD;
	}
	if (port.n > 5 || !str_to_u64(port, &n) || n == 0 || n > 65535) {
		buf_printf(why, "'%.*s' is no port", STR_ARG(str_upto(port, 80)));
		return RC_BAD;
	}
	*out = (struct shared_place){ .local = false };
	copy(out->host, host);
	copy(out->port, port);
	return RC_OK;
}

static bool
looks_like_ipv6(struct str s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == ':' || ascii_hex((unsigned char)s.p[i]) >= 0))
		i++;
	return i == s.n && str_chr(s, ':') != STR_NPOS;
}

static enum rc
parse_unix(struct str path, struct shared_place *out, struct buf *why)
{
	if (path.n < 2 || path.p[0] != '/' || path.n > SHARED_SUN_PATH || str_chr(path, '\0') != STR_NPOS) {
		buf_printf(why, "'unix:%.*s' has no absolute path of at most %d bytes",
		    STR_ARG(str_upto(path, 80)), SHARED_SUN_PATH);
		return RC_BAD;
	}
	*out = (struct shared_place){ .local = true };
	copy(out->host, path);
	return RC_OK;
}

enum rc
shared_place_parse(struct str s, struct shared_place *out, struct buf *why)
{
	size_t colon = str_rchr(s, ':');
	struct str host = str_upto(s, colon);

	if (str_starts(s, STR("unix:")))
		return parse_unix(str_from(s, 5), out, why);
	if (colon == STR_NPOS) {
		buf_printf(why, "'%.*s' is neither host:port nor unix:/path", STR_ARG(str_upto(s, 80)));
		return RC_BAD;
	}
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		host = str_sub(host, 1, host.n - 2);
	} else if (looks_like_ipv6(host)) {
		buf_printf(why, "'%.*s': write an IPv6 address in brackets, [address]:port", STR_ARG(str_upto(s, 80)));
		return RC_BAD;
	}
	return shared_place_set(out, host, str_from(s, colon + 1), why);
}

static enum rc
resolve_unix(const struct shared_place *place, struct shared_addr *out)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	memcpy(sun.sun_path, place->host, strlen(place->host) + 1);
	memcpy(&out->sa, &sun, sizeof(sun));
	out->n = sizeof(sun);
	(void)snprintf(out->text, sizeof(out->text), "unix:%s", place->host);
	return RC_OK;
}

enum rc
shared_resolve(const struct shared_place *place, struct shared_addr *out, struct buf *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found = NULL;
	bool colon = str_chr(str_of(place->host), ':') != STR_NPOS;
	int error;

	*out = (struct shared_addr){ .n = 0 };
	if (place->local)
		return resolve_unix(place, out);
	error = getaddrinfo(place->host, place->port, &hints, &found);
	if (error != 0 || !found || found->ai_addrlen > sizeof(out->sa)) {
		buf_printf(why, "%s: %s", place->host, error ? gai_strerror(error) : "no address");
		if (found)
			freeaddrinfo(found);
		return RC_TEMP;
	}
	memcpy(&out->sa, found->ai_addr, found->ai_addrlen);
	out->n = found->ai_addrlen;
	freeaddrinfo(found);
	(void)snprintf(out->text, sizeof(out->text), colon ? "[%s]:%s" : "%s:%s", place->host, place->port);
	return RC_OK;
}

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

	*out = (struct shared_addr){ .n = sizeof(sun) };
	memcpy(sun.sun_path, place->host, strlen(place->host) + 1);
	memcpy(&out->sa, &sun, sizeof(sun));
	(void)snprintf(out->text, sizeof(out->text), "unix:%s", place->host);
	return RC_OK;
}

/* The address as numbers: a name may have several, and one of them fails. */
static void
add_addr(struct shared_addrs *out, const struct addrinfo *found)
{
	struct shared_addr *a = &out->item[out->n];
	char host[64], port[8];

	if (found->ai_addrlen > sizeof(a->sa) || getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof(host),
	    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	*a = (struct shared_addr){ .n = found->ai_addrlen };
	memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
	(void)snprintf(a->text, sizeof(a->text), found->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	out->n++;
}

enum rc
shared_resolve(const struct shared_place *place, struct shared_addrs *out, struct buf *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found = NULL;
	int error;

	out->n = 0;
	if (place->local) {
		out->n = 1;
		return resolve_unix(place, &out->item[0]);
	}
	error = getaddrinfo(place->host, place->port, &hints, &found);
	for (const struct addrinfo *a = error ? NULL : found; a && out->n < SHARED_ADDRS; a = a->ai_next)
		add_addr(out, a);
	if (!error)
		freeaddrinfo(found);
	if (out->n > 0)
		return RC_OK;
	buf_printf(why, "%s: %s", place->host, error ? gai_strerror(error) : "no address");
	return RC_TEMP;
}

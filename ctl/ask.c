/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "ask.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "facts.h"
#include "gate/control_client.h"
#include "gate/settings.h"
#include "notice.h"

static int
connect_to(struct str path, bool quiet, int *sock)
{
	switch (control_connect(path, sock)) {
	case RC_OK:
		return 0;
	case RC_NONE:
		if (!quiet)
			notice("no sekimorid listens at %.*s", STR_ARG(path));
		return EX_UNAVAILABLE;
	case RC_BAD:
		notice("%.*s: %s; only root and the user of sekimorid may ask", STR_ARG(path), strerror(errno));
		return EX_NOPERM;
	case RC_TEMP: case RC_LIMIT:
		break;
	}
	notice("%.*s: %s", STR_ARG(path), strerror(errno));
	return EX_TEMPFAIL;
}

static int
read_answer(struct str text, struct json_object **answer)
{
	struct json_object *o = facts_parse(text);
	struct str why = facts_str(o, "error");
	int code = (int)facts_num(o, "code");

	if (o && !why.n) {
		*answer = o;
		return 0;
	}
	notice("sekimorid answers: %.*s", STR_ARG(o ? why : STR("nothing that can be read")));
	if (!o || code <= 0 || code >= 128)
		code = EX_PROTOCOL;
	json_object_put(o);
	return code;
}

int
ask(const struct conf *conf, enum control_verb verb, int64_t patience_ms, bool quiet, struct json_object **answer)
{
	return ask_for(conf, &(struct control_request){ .verb = verb }, patience_ms, quiet, answer);
}

int
ask_for(const struct conf *conf, const struct control_request *req, int64_t patience_ms, bool quiet,
    struct json_object **answer)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct buf text;
	int sock, status = connect_to(gc->control_socket, quiet, &sock);

	if (status != 0)
		return status;
	buf_init(&text, CONTROL_ANSWER_BYTES);
	if (control_call(sock, req, -1, clock_mono_ms() + patience_ms, &text) == RC_OK) {
		status = read_answer(buf_str(&text), answer);
	} else {
		notice("sekimorid went away, or did not answer in %lld s", (long long)patience_ms / 1000);
		status = EX_TEMPFAIL;
	}
	buf_clear(&text);
	fdio_close(&sock);
	return status;
}

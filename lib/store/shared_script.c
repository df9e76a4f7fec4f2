/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/shared_script.h"

#include <math.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"

/* The same arithmetic as tally.c. The time is the server's, so that nodes whose clocks differ agree;
 * ARGV: type, window, skew (a test's clock against the real one), what to add, bad to add. */
static const char script[] =
    "local function num(s) return tonumber(s) or 0 end\n"
    "local function text(v) return string.format('%.17g', v) end\n"
    "local max = 9007199254740991\n"
    "local kind, w, x, y = ARGV[1], num(ARGV[2]), num(ARGV[4]), num(ARGV[5])\n"
    "local t = redis.call('TIME')\n"
    "local now = t[1] * 1000 + math.floor(t[2] / 1000) + num(ARGV[3])\n"
    "local v = redis.call('HMGET', KEYS[1], 't', 'w', 'f', 'l', 'a', 'b')\n"
    "local f, l, a, b = num(v[3]), num(v[4]), num(v[5]), num(v[6])\n"
    "local life = (kind == 'r' and 2 or kind == 'h' and 10 or 1) * w\n"
    "if v[1] ~= kind or (kind == 'r' and num(v[2]) ~= w) or (kind ~= 'r' and l + life <= now) then\n"
    "  f, l, a, b = 0, 0, 0, 0\n"
    "end\n"
    "if kind == 'r' then\n"
    "  local start = now - now % w\n"
    "  if start ~= f and (start > f or f - start > w) then\n"
    "    b = start - f == w and a or 0\n"
    "    a, f = 0, start\n"
    "  end\n"
    "end\n"
    "local f0, l0 = f, l\n"
    "if x > 0 or y > 0 then\n"
    "  if kind == 'h' then\n"
    "    local left = 2 ^ (-math.max(0, now - l) / w)\n"
    "    a, b = math.min(a * left + x, max), math.min(b * left + y, max)\n"
    "  else\n"
    "    a = math.min(a + x, max)\n"
    "  end\n"
    "  if f == 0 then f = now end\n"
    "  l = math.max(l, now)\n"
    "  redis.call('HSET', KEYS[1], 't', kind, 'w', text(w), 'f', text(f), 'l', text(l), 'a', text(a), 'b', text(b))\n"
    "  redis.call('PEXPIRE', KEYS[1], text(life))\n"
    "end\n"
    "return {text(now), text(f0), text(l0), text(f), text(l), text(a), text(b)}\n";

_Static_assert(TALLY_HALF_LIVES == 10, "the script says 10 as well");
_Static_assert(TALLY_MAX == 9007199254740991, "the script says so as well");

enum { NOW, FIRST_BEFORE, LAST_BEFORE, FIRST, LAST, A, B, ITEMS };

const struct str shared_script_field[6] = {
	{ "t", 1 }, { "w", 1 }, { "f", 1 }, { "l", 1 }, { "a", 1 }, { "b", 1 }
};

static const char *const letters[] = { [COUNT_RATE] = "r", [COUNT_HISTORY] = "h", [COUNT_MARK] = "m" };

void
shared_script_init(struct shared_script *s)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[SHA_DIGEST_LENGTH];

	if (!SHA1((const unsigned char *)script, sizeof(script) - 1, sum))
		abort();
	for (size_t i = 0; i < sizeof(sum); i++) {
		s->sha[2 * i] = digits[sum[i] >> 4];
		s->sha[2 * i + 1] = digits[sum[i] & 15];
	}
	s->sha[2 * sizeof(sum)] = '\0';
}

static struct str
whole_number(char space[32], int64_t v)
{
	int n = snprintf(space, 32, "%lld", (long long)v);

	return (struct str){ space, n > 0 ? (size_t)n : 0 };
}

static struct str
real_number(char space[32], double v)
{
	int n = snprintf(space, 32, "%.17g", v > 0 ? fmin(v, (double)TALLY_MAX) : 0.0);

	return (struct str){ space, n > 0 ? (size_t)n : 0 };
}

static int64_t
between(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

void
shared_script_put(struct buf *out, const struct shared_script *s, bool whole, struct str key,
    const struct counter_op *op, int64_t skew_ms)
{
	char window[32], skew[32], x[32], y[32];
	bool real = op->type == COUNT_HISTORY;
	struct str words[] = {
		whole ? STR("EVAL") : STR("EVALSHA"),
		str_of(whole ? script : s->sha),
		STR("1"),
		key,
		str_of(letters[op->type]),
		whole_number(window, between(op->window_ms, 1, TALLY_WINDOW_MAX)),
		whole_number(skew, skew_ms),
		real ? real_number(x, op->good) : whole_number(x, between(op->add, 0, TALLY_MAX)),
		real ? real_number(y, op->bad) : STR("0"),
	};

	shared_put_command(out, words, sizeof(words) / sizeof(words[0]));
}

/* A decimal number as %.17g writes it. */
static bool
take_real(const redisReply *r, double *out)
{
	struct str s = shared_reply_text(r);
	char text[40], *end;

	if (s.n == 0 || s.n >= sizeof(text) || !ascii_is_digit((unsigned char)s.p[0]))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*out = strtod(text, &end);
	return end == text + s.n && *out >= 0 && *out <= (double)TALLY_MAX;
}

static bool
take_int(const redisReply *r, int64_t *out)
{
	uint64_t v;

	if (!str_to_u64(shared_reply_text(r), &v) || v > TALLY_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}

static bool
take_values(const redisReply *a, const redisReply *b, struct tally *t)
{
	if (t->type == COUNT_HISTORY)
		return take_real(a, &t->history.good) && take_real(b, &t->history.bad);
	return take_int(a, &t->count.now) && take_int(b, &t->count.before);
}

static enum rc
server_error(struct str text)
{
	if (str_starts(text, STR("NOSCRIPT")))
		return RC_NONE;
	/* Somebody else's key under our name: nothing is wrong with the server. */
	return str_find(text, STR("WRONGTYPE")) != STR_NPOS ? RC_BAD : RC_TEMP;
}

/* Times of the server on the caller's clock; 0 stays "never". */
static int64_t
shifted(int64_t ms, int64_t by)
{
	return ms == 0 ? 0 : between(ms + by, 1, TALLY_MAX);
}

enum rc
shared_script_take(const redisReply *r, struct counter_op *op, int64_t now_ms, struct tally *t)
{
	int64_t now, first, last;
	struct counter_op read = *op;

	if (shared_reply_is_error(r))
		return server_error(shared_reply_text(r));
	*t = (struct tally){ .type = op->type, .window_ms = between(op->window_ms, 1, TALLY_WINDOW_MAX) };
	if (r->type != REDIS_REPLY_ARRAY || r->elements != ITEMS ||
	    !take_int(shared_reply_item(r, NOW), &now) ||
	    !take_int(shared_reply_item(r, FIRST_BEFORE), &first) ||
	    !take_int(shared_reply_item(r, LAST_BEFORE), &last) ||
	    !take_int(shared_reply_item(r, FIRST), &t->first_ms) ||
	    !take_int(shared_reply_item(r, LAST), &t->last_ms) ||
	    !take_values(shared_reply_item(r, A), shared_reply_item(r, B), t))
		return RC_BAD;
	now_ms = between(now_ms, 1, TALLY_MAX);
	t->last_ms = shifted(t->last_ms, now_ms - now);
	t->first_ms = op->type == COUNT_RATE ? now_ms - now_ms % t->window_ms : shifted(t->first_ms, now_ms - now);
	if (!tally_is_sound(t))
		return RC_BAD;
	read.add = 0;
	read.good = read.bad = 0;
	tally_run(t, &read, now_ms);
	op->count = read.count;
	op->good_now = read.good_now;
	op->bad_now = read.bad_now;
	op->first_ms = op->type == COUNT_RATE ? 0 : shifted(first, now_ms - now);
	op->last_ms = op->type == COUNT_RATE ? 0 : shifted(last, now_ms - now);
	return RC_OK;
}

enum rc
shared_script_fields(const redisReply *r, struct tally *t)
{
	struct str type = shared_reply_text(shared_reply_item(r, 0));
	bool known = false;

	*t = (struct tally){ .window_ms = 0 };
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (str_eq(type, str_of(letters[i]))) {
			t->type = (enum counter_type)i;
			known = true;
		}
	if (!known || !take_int(shared_reply_item(r, 1), &t->window_ms) ||
	    !take_int(shared_reply_item(r, 2), &t->first_ms) ||
	    !take_int(shared_reply_item(r, 3), &t->last_ms) ||
	    !take_values(shared_reply_item(r, 4), shared_reply_item(r, 5), t) || !tally_is_sound(t))
		return RC_BAD;
	return RC_OK;
}

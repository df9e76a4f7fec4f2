#!/bin/bash
# covers: lib/store/records_pg.c lib/store/records_pg_move.c lib/store/bodies_s3.c
# PostgreSQL and an S3-compatible server behind the real gate. Gate, servers and releases are killed under load: nothing
# that was accepted is missing or damaged, nothing is given back twice, nothing stays on its way. KILLS=N for more.
set -u
. "$(dirname "$0")/lib.sh"
KILLS=${KILLS:-4}
PG_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)
PG_PID='' S3_PID=''

[ -x "$PG_BIN/postgres" ] || { skip "PostgreSQL and S3" "PostgreSQL is not installed"; done_testing; exit; }
[ -f build/s3/node_modules/s3rver/package.json ] && command -v node >/dev/null ||
    { skip "PostgreSQL and S3" "no S3-compatible server: make deps, with npm"; done_testing; exit; }
have_postfix || { skip "PostgreSQL and S3" "no Postfix, or not root"; done_testing; exit; }

as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
pg_run() {
	(cd "$E/pg" && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$PG_BIN/postgres" -D "$E/pg/db" -k "$E/pg" \
	    -c listen_addresses= -c max_connections=60 -c shared_buffers=16MB -c fsync=off >>"$E/pg.log" 2>&1) & PG_PID=$!
	wait_for 20 "'$PG_BIN/pg_isready' -q -h '$E/pg'"
}
# The server and all that it started, at once.
pg_kill() {
	kill -STOP "$PG_PID"; kill -9 $(pgrep -P "$PG_PID") "$PG_PID" 2>/dev/null; wait "$PG_PID" 2>/dev/null
}
s3_run() {
	node --openssl-legacy-provider test/tool/s3/server.js "$E/s3" "$S3_PORT" mails >>"$E/s3.log" 2>&1 & S3_PID=$!
	wait_for 20 "exec 3<>/dev/tcp/127.0.0.1/$S3_PORT"
}
s3_kill() { kill -9 "$S3_PID" 2>/dev/null; wait "$S3_PID" 2>/dev/null; }
sql() { "$PG_BIN/psql" -h "$E/pg" -U gate -d postgres -XAtqc "SET search_path=sekimori; $1"; }
servers_end() { [ -z "$PG_PID" ] || pg_kill; [ -z "$S3_PID" ] || s3_kill; }

e2e_begin
trap 'servers_end; e2e_end' EXIT
S3_PORT=$(free_port)
mkdir -p "$E/pg" && chown postgres "$E/pg" && (cd "$E/pg" && as_postgres "$PG_BIN/initdb" -D "$E/pg/db" -U gate -A trust -N \
    -E UTF8 --locale=C >/dev/null) && pg_run || { not_ok "PostgreSQL starts" "$(tail -n 5 "$E/pg.log")"; done_testing; exit 1; }
s3_run || { not_ok "the S3 server starts" "$(tail -n 5 "$E/s3.log")"; done_testing; exit 1; }
install -m 600 /dev/stdin "$E/s3.key" <<<'S3RVER:S3RVER'
sink_start
gate_start 'quarantine.where = store' 'on.spam = quarantine' 'records.backend = postgresql' \
    "records.postgres = host=$E/pg user=gate dbname=postgres" 'bodies.backend = s3' "bodies.s3_url = http://127.0.0.1:$S3_PORT" \
    'bodies.s3_bucket = mails' "bodies.s3_key_file = $E/s3.key" 'bodies.s3_timeout = 5s' "release.server = 127.0.0.1:$SMTP_PORT" \
    'release.deadline = 10s' 'holds.interval = 500ms' || { not_ok "start"; done_testing; exit 1; }
postfix_start || { not_ok "Postfix starts"; done_testing; exit 1; }
q() { ctl quarantine "$@" -c "$E/sekimori.conf"; }

# --- killed under load -----------------------------------------------------------------------------
mkdir -p "$E/sent" && touch "$E/go" "$E/sent.clean"
LOAD=()
for n in 1 2 3; do
	(
		while [ -e "$E/go" ]; do
			i=k$n.$RANDOM$RANDOM
			body=sekimori-e2e-spam; [ "$n" -lt 3 ] || body=Hello.
			SUBJECT=$i message "$body" >"$E/mail/$i"
			case $(mail "$E/mail/$i" -f "$i@killed.example" -r rcpt@example.com 2>/dev/null) in
			*'end 250'*) if [ "$n" -lt 3 ]; then mv "$E/mail/$i" "$E/sent/$i"; else echo "$i@killed.example" >>"$E/sent.clean"; fi ;;
			esac
		done
	) &
	LOAD+=($!)
done
for i in $(seq "$KILLS"); do
	sleep "0.$((RANDOM % 7 + 1))"
	case $((i % 4)) in
	1 | 3) kill -9 "$GATE_PID" $(pgrep -P "$GATE_PID"); wait "$GATE_PID" 2>/dev/null; gate_run || not_ok "the gate starts again" ;;
	2) pg_kill; sleep "0.$((RANDOM % 7 + 1))"; pg_run || not_ok "PostgreSQL starts again" ;;
	0) s3_kill; sleep "0.$((RANDOM % 7 + 1))"; s3_run || not_ok "the S3 server starts again" ;;
	esac
done
wait_for 20 "[ \$(ls '$E/sent' | wc -l) -gt 5 ] && [ -s '$E/sent.clean' ]"
rm -f "$E/go"; wait "${LOAD[@]}"
wait_for 30 "[ ! -s '$E/state/ledger/spill.jsonl' ]"
is "$(cat "$E/state/ledger/spill.jsonl" 2>/dev/null | wc -l)" 0 "killed $KILLS times: nothing waits in the spill"
q list -j -n 100000 --kind spam | jq -r '.sender + " " + .id' | sort >"$E/held"
ls "$E/sent" | sed 's/$/@killed.example/' | sort >"$E/want"
cut -d' ' -f1 "$E/held" >"$E/senders"
echo "# $(wc -l <"$E/want") held and $(wc -l <"$E/sent.clean") delivered were accepted; $(grep -c 'to the spill' "$E/gate.log") times a store was down"
is "$(comm -23 "$E/want" "$E/senders" | wc -l)" 0 "nothing that was accepted is missing in the quarantine"
is "$(comm -12 "$E/want" <(uniq -d "$E/senders") | wc -l)" 0 "nothing of it is there twice"
ctl track -c "$E/sekimori.conf" -j -n 100000 --outcome accept killed.example | jq -r .sender | sort >"$E/known"
is "$(sort "$E/sent.clean" | comm -23 - "$E/known" | wc -l) $(sort "$E/sent.clean" | comm -12 - <(uniq -d "$E/known") | wc -l)" '0 0' "what was delivered is in the ledger, once"
damaged=0
while read -r sender id; do
	[ ! -f "$E/sent/${sender%@*}" ] || q export "$id" 2>&1 | cmp -s - "$E/sent/${sender%@*}" || damaged=$((damaged + 1))
done < <(if [ "$KILLS" -gt 20 ]; then shuf -n 500 "$E/held"; else shuf -n 40 "$E/held"; fi)
is "$damaged" 0 "bodies are what was sent, byte for byte"

# --- killed while mail is given back ------------------------------------------------------------------
sink_wait "$(wc -l <"$E/sent.clean")" || not_ok "clean mail arrives"
sleep 0.5; sink_clear
mapfile -t ids < <(comm -12 "$E/want" "$E/senders" | join - "$E/held" | cut -d' ' -f2 | shuf -n "$KILLS")
n=0
for id in "${ids[@]}"; do
	n=$((n + 1))
	"$BUILD/sekimorictl" quarantine release "$id" -c "$E/sekimori.conf" >>"$E/released" 2>&1 & pid=$!
	sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
	case $((n % 4)) in
	1 | 3) kill -9 "$pid" 2>/dev/null ;;
	2) pg_kill; pg_run || not_ok "PostgreSQL starts again" ;;
	0) kill -9 "$GATE_PID" $(pgrep -P "$GATE_PID"); wait "$GATE_PID" 2>/dev/null; gate_run || not_ok "the gate starts again" ;;
	esac
	wait "$pid" 2>/dev/null
done
sleep 0.5
is "$(sink_count)" "$(sql 'SELECT count(*) FROM rcpt WHERE state=4')" "what was delivered is released, and nothing else is"
stuck=$(sql 'SELECT count(*) FROM rcpt WHERE state=3')
sql 'UPDATE rcpt SET changed_ms=changed_ms-3600000 WHERE state=3'
wait_for 20 "[ \"\$('$PG_BIN/psql' -h '$E/pg' -U gate -d postgres -XAtqc 'SELECT count(*) FROM sekimori.rcpt WHERE state=3')\" = 0 ]"
q release "${ids[@]}" >"$E/out" 2>&1
sink_wait "${#ids[@]}"; sleep 0.3
is "$(cat "$E"/sink/*.eml | grep -a '^Subject: k' | sort | uniq -c | awk '$1 == 1' | wc -l) $(sink_count)" "${#ids[@]} ${#ids[@]}" "each once in the end ($stuck were left on their way)"
gate_stop
done_testing

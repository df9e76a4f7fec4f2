#!/bin/bash
# Ledger and quarantine in PostgreSQL and an S3-compatible store, through a real Postfix: killed under load, with
# each of both stores away for a while, and carried from there to SQLite and files.
set -u
. "$(dirname "$0")/lib.sh"
. test/e2e/killed.sh.inc
KILLS=${KILLS:-3}
have_postfix || { skip "stores of several nodes" "needs root and Postfix"; echo "1..$TESTS"; exit; }
PG_BIN=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | tail -n 1)
[ -n "$PG_BIN" ] || { skip "stores of several nodes" "PostgreSQL is not installed"; echo "1..$TESTS"; exit; }
[ -r build/s3/node_modules/s3rver/package.json ] || { skip "stores of several nodes" "no S3 server: make deps gets it where npm is"; echo "1..$TESTS"; exit; }

e2e_begin
sink_start
PG_PID='' S3_PID='' S3_PORT=$(free_port)
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
pg_start() {
	(cd "$E/pg" && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$PG_BIN/postgres" -D "$E/pg/db" -k "$E/pg" \
	    -c listen_addresses= -c max_connections=30 >>"$E/pg/log" 2>&1) & PG_PID=$!
	wait_for 15 "'$PG_BIN/pg_isready' -q -h '$E/pg'" || not_ok "PostgreSQL starts" "$(tail -n 3 "$E/pg/log")"
}
pg_stop() { [ -z "$PG_PID" ] || { kill -QUIT "$PG_PID"; wait "$PG_PID" 2>/dev/null; }; PG_PID=''; }
s3_start() {
	node test/tool/s3/server.js "$E/s3" "$S3_PORT" mail >>"$E/s3.log" 2>&1 & S3_PID=$!
	wait_for 15 "(: </dev/tcp/127.0.0.1/$S3_PORT) 2>/dev/null" || not_ok "the S3 server starts" "$(tail -n 3 "$E/s3.log")"
}
s3_stop() { [ -z "$S3_PID" ] || { kill -9 "$S3_PID"; wait "$S3_PID" 2>/dev/null; }; S3_PID=''; }
trap 'pg_stop; s3_stop; e2e_end' EXIT
mkdir -p "$E/pg"; chmod 755 "$E" "$E/pg"; chown postgres "$E/pg"
(cd "$E/pg" && as_postgres "$PG_BIN/initdb" -D "$E/pg/db" -U gate -A trust -N -E UTF8 --locale=C) >"$E/initdb" 2>&1 ||
    not_ok "a database" "$(tail -n 3 "$E/initdb")"
pg_start; s3_start
printf 'S3RVER:S3RVER\n' >"$E/s3.key"; chmod 600 "$E/s3.key"
gate_start 'quarantine.where = store' 'on.spam = quarantine' 'records.backend = postgresql' \
    "records.postgres = host=$E/pg user=gate dbname=postgres" 'records.deadline_ms = 2s' \
    'bodies.backend = s3' "bodies.s3_url = http://127.0.0.1:$S3_PORT" 'bodies.s3_bucket = mail' "bodies.s3_key_file = $E/s3.key" \
    'bodies.s3_timeout = 2s' "release.server = 127.0.0.1:$SMTP_PORT" || { not_ok "start"; done_testing; exit 1; }
postfix_start || { not_ok "Postfix starts"; done_testing; exit 1; }

# --- held and released -------------------------------------------------------------------------------------
message 'sekimori-e2e-spam' >"$E/mail/spam"
message 'Hello.' >"$E/mail/clean"
like "$(mail "$E/mail/spam" -f sender@example.org -r rcpt@example.com)" '^end 250 ' "accepted, and held"
id=$(track -j -n 1 sender@example.org | jq -r .id)
is "$(q list -j | jq -r '.id + " " + .state')" "$id held" "it is in the quarantine"
q export "$id" >"$E/got"
same "$E/got" "$E/mail/spam" "byte for byte"
is "$(find "$E/state/ledger" -name '*.db' | wc -l) $(find "$E/state/bodies" -type f 2>/dev/null | wc -l)" '0 0' "nothing of it is on this disk"
q release "$id" >"$E/out" 2>&1; sink_wait 1
is "$(sink_count) $(q list -j -s released | wc -l)" '1 1' "released: delivered once"
q release "$id" >"$E/out" 2>&1
is "$? $(sink_count)" '65 1' "not again"

killed_under_load "$KILLS"

# --- away for a while -----------------------------------------------------------------------------------------
sink_clear; pg_stop
like "$(mail "$E/mail/clean" -f away@example.org -r rcpt@example.com)" '^end 250 ' "no database: mail is delivered"
like "$(mail "$E/mail/spam" -f away2@example.org -r rcpt@example.com)" '^end 250 ' "what is to be held is held"
like "$(ctl status -c "$E/sekimori.conf")" 'lie in ledger/spill.jsonl' "status says where their records are"
pg_start
wait_for 20 "[ \"\$('$BUILD/sekimorictl' track -c '$E/sekimori.conf' -j away2@example.org 2>/dev/null | wc -l)\" = 1 ]"
is "$(track -j away@example.org | wc -l) $(q list -j | jq -r 'select(.sender == "away2@example.org") | .state')" '1 held' "it is back, and has them"
s3_stop
like "$(mail "$E/mail/spam" -f nostore@example.org -r rcpt@example.com)" '^end 451 4.3.1' "no place for what is to be held: 4xx"
like "$(mail "$E/mail/clean" -f nostore2@example.org -r rcpt@example.com)" '^end 250 ' "other mail is delivered"
s3_start
for _ in 1 2 3 4 5 6 7 8 9 10; do
	got=$(mail "$E/mail/spam" -f nostore@example.org -r rcpt@example.com)
	case $got in 'end 250'*) break ;; esac
	sleep 1
done
like "$got" '^end 250 ' "it is back: what comes again is held"
is "$(q list -j | jq -r 'select(.sender == "nostore@example.org") | .state')" held "once"

# --- carried to other stores ---------------------------------------------------------------------------------
mkdir "$E/moved"
sed "/^records\./d; /^bodies\.\(backend\|s3\)/d; s|^state_dir = .*|state_dir = $E/moved|" "$E/sekimori.conf" >"$E/moved.conf"
like "$(ctl migrate -c "$E/sekimori.conf" --to "$E/moved.conf")" 'records: [0-9]+, of those new [1-9]' "from PostgreSQL and S3 to SQLite and files"
ctl migrate -c "$E/sekimori.conf" --to "$E/moved.conf" --check >"$E/out" 2>&1
is "$? $(grep -c ' 0 differ\| differ 0' "$E/out")" '0 2' "record by record, message by message the same"
done_testing

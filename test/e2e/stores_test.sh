#!/bin/bash
# Ledger and quarantine in PostgreSQL and an S3-compatible store, through a real Postfix: with each of both away
# for a while, and carried from there to SQLite and files. kills_test.sh kills them under load.
set -u
. "$(dirname "$0")/lib.sh"
. test/e2e/servers.sh.inc
why=$(servers_missing)
[ -z "$why" ] || { skip "PostgreSQL and S3" "$why"; done_testing; exit; }
q() { ctl quarantine "$@" -c "$E/sekimori.conf"; }
track() { ctl track -c "$E/sekimori.conf" "$@"; }

e2e_begin
servers_begin
sink_start
gate_start "${STORE_LINES[@]}" 'records.deadline_ms = 2s' || { not_ok "start"; done_testing; exit 1; }
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

# --- away for a while -----------------------------------------------------------------------------------------
sink_clear; pg_kill
like "$(mail "$E/mail/clean" -f away@example.org -r rcpt@example.com)" '^end 250 ' "no database: mail is delivered"
like "$(mail "$E/mail/spam" -f away2@example.org -r rcpt@example.com)" '^end 250 ' "what is to be held is held"
like "$(ctl status -c "$E/sekimori.conf")" 'lie in ledger/spill.jsonl' "status says where their records are"
pg_run || not_ok "PostgreSQL starts again"
wait_for 20 "[ \"\$('$BUILD/sekimorictl' track -c '$E/sekimori.conf' -j away2@example.org 2>/dev/null | wc -l)\" = 1 ]"
is "$(track -j away@example.org | wc -l) $(q list -j | jq -r 'select(.sender == "away2@example.org") | .state')" '1 held' "it is back, and has them"
s3_kill
like "$(mail "$E/mail/spam" -f nostore@example.org -r rcpt@example.com)" '^end 451 4.3.1' "no place for what is to be held: 4xx"
like "$(mail "$E/mail/clean" -f nostore2@example.org -r rcpt@example.com)" '^end 250 ' "other mail is delivered"
s3_run || not_ok "the S3 server starts again"
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

#!/bin/bash
# covers: lib/store/records_pg.c lib/store/records_pg_move.c lib/store/bodies_s3.c
# PostgreSQL and an S3-compatible server behind the real gate. Gate, servers and releases are killed under load: nothing
# that was accepted is missing or damaged, nothing is given back twice, nothing stays on its way. KILLS=N for more.
set -u
. "$(dirname "$0")/lib.sh"
. test/e2e/servers.sh.inc
KILLS=${KILLS:-4}
why=$(servers_missing)
[ -z "$why" ] || { skip "PostgreSQL and S3" "$why"; done_testing; exit; }

e2e_begin
servers_begin
sink_start
gate_start "${STORE_LINES[@]}" 'release.deadline = 10s' 'holds.interval = 500ms' || { not_ok "start"; done_testing; exit 1; }
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

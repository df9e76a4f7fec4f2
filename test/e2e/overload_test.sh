#!/bin/bash
# One worker, almost no waiting room: what is too much is deferred at once, and nothing passes that
# was not scanned. A scan that takes long keeps the MTA waiting.
. "$(dirname "$0")/lib.sh"

e2e_begin
sink_start
gate_start 'on.malware = reject' 'worker.count = 1' 'worker.queue_max = 2' 'progress_ms = 1s' 'limit.scan_ms = 20s' ||
	{ not_ok "start"; done_testing; exit 1; }
message 'Hello.' >"$E/mail/clean"
message 'sekimori-e2e-malware' >"$E/mail/malware"

worker() { local z; for z in $(pgrep -P "$GATE_PID" -f -- --zygote); do pgrep -P "$z"; done; }
# shellcheck disable=SC2046
freeze() { wait_for 10 "[ -n \"\$(pgrep -P \"\$(pgrep -P $GATE_PID -f -- --zygote)\")\" ]"; kill -STOP $(worker); }
# shellcheck disable=SC2046
thaw() { kill -CONT $(worker); }
# one FILE NUMBER: the dialogue of one MTA, what it was told in $E/said/NUMBER.
one() {
	printf 'connect client.example.org 192.0.2.1 4711\nhelo x\nmacro M i=Q%d\nmail <a@example.org>\nrcpt <b@example.com>\ndata\nfile %s\neom\n' \
	    "$2" "$1" | talk >"$E/said/$2" 2>&1
}
said() { cat "$E"/said/* | grep -cE "$1"; }

# --- one worker that does not move: who finds no room is told so at once --------------------------
mkdir "$E/said"
one "$E/mail/clean" 0
like "$(cat "$E/said/0")" 'X-Sekimori-Verdict: clean' "alone: scanned"
rm "$E/said/0"
freeze
for i in $(seq 30); do
	one "$E/mail/$([ $((i % 3)) -eq 0 ] && echo malware || echo clean)" "$i" & pids="${pids:-} $!"
done
wait_for 10 "[ \$(cat '$E'/said/* | grep -c '^eom: reply 451') -ge 27 ]"
is "$(said '^eom: reply 451 4\.')" 27 "30 for one worker and 2 seats: 27 are deferred while it stands still"
is "$(said '^eom: (accept|continue|reply 5)')" 0 "and nothing is answered that was not scanned"
thaw
# shellcheck disable=SC2086
wait $pids
accepted=$(said '^eom: (accept|continue)$') refused=$(said '^eom: reply 5') deferred=$(said '^eom: (reply 4|tempfail)')
echo "# sent 30 = accepted $accepted + refused $refused + deferred $deferred"
is "$((accepted + refused + deferred))" 30 "every message is answered, none twice"
is "$((accepted + refused))" 3 "the three that had a place are scanned"
is "$(said '^eom: add X-Sekimori-Verdict: clean')" "$accepted" "every accepted one was called clean"
is "$(said '^eom: add X-Sekimori-Complete: yes')" "$accepted" "and was looked at completely"
is "$(said 'filter went away')" 0 "no connection was cut"
passed=0
for i in $(seq 3 3 30); do grep -qE '^eom: (accept|continue)' "$E/said/$i" && passed=$((passed + 1)); done
is "$passed" 0 "no malware passed"
like "$(grep 'verdict' "$E/gate.log" | grep -c 'action=tempfail')" '^27$' "each deferral is in the log"

# --- a slow scan -----------------------------------------------------------------------------------
rm "$E"/said/*
freeze
one "$E/mail/malware" 1 & pid=$!
sleep 4.5
thaw
wait "$pid"
n=$(said '^eom: progress')
[ "$n" -ge 2 ] && [ "$n" -le 5 ] && ok "a scan of 4.5 s: the MTA hears of it each second" ||
	not_ok "a scan of 4.5 s: the MTA hears of it each second" "$n times" "$(cat "$E/said/1")"
like "$(tail -n 1 "$E/said/1")" '^eom: reply 550' "and then gets its answer"
one "$E/mail/clean" 2
is "$(grep -c progress "$E/said/2")" 0 "a quick one needs none"

# --- through Postfix ---------------------------------------------------------------------------------
if have_postfix && postfix_start 'queue_run_delay = 300s'; then
	head -c 2000000 /dev/urandom | attach application/octet-stream a.bin >"$E/mail/large"
	send -j 16 -n 20 -w 60 -x 'X-Number: ' "$SMTP_PORT" "$E/mail/large" "$E/mail/malware" "$E/mail/clean" >"$E/sent"
	sent=$(wc -l <"$E/sent")
	accepted=$(awk '$3 == "end" && $4 == 250' "$E/sent" | wc -l)
	deferred=$(awk '$4 == 451' "$E/sent" | wc -l)
	refused=$(awk '$4 ~ /^5/' "$E/sent" | wc -l)
	echo "# Postfix: sent $sent = accepted $accepted + refused $refused + deferred $deferred"
	is "$((accepted + refused + deferred))" 60 "Postfix: each of 60 gets 250, 5xx or 451"
	[ "$accepted" -gt 0 ] && ok "Postfix: what finds room is served" || not_ok "Postfix: what finds room is served"
	is "$(awk '$1 ~ /malware/ && $4 == 250' "$E/sent" | wc -l)" 0 "Postfix: no malware passed"
	sink_wait "$accepted"; sleep 0.3
	is "$(sink_count)" "$accepted" "Postfix: what was accepted is what arrived"
	is "$(find "$E/sink" -name '*.eml' -exec grep -L '^X-Sekimori-Complete: yes' {} + | wc -l)" 0 "Postfix: all of it scanned"
	like "$(mail "$E/mail/clean")" '^end 250 ' "Postfix: well again"
else
	skip "through Postfix" "needs root and Postfix"
fi
gate_stop && ok "stops" || not_ok "stops"
done_testing

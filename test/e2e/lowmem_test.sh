#!/bin/bash
# low_memory_reload: the old engines go before the new ones load. Never two sets at once, nothing is
# lost meanwhile; with a set that does not load mail is deferred, never passed, until one does.
. "$(dirname "$0")/lib.sh"

e2e_begin
gate_start 'on.malware = reject' 'worker.low_memory_reload = yes' 'limit.scan_ms = 8s' ||
	{ not_ok "start"; done_testing; exit 1; }
message 'Hello.' >"$E/mail/clean"
message 'sekimori-e2e-malware' >"$E/mail/malware"
mkdir "$E/said"

zygotes() { pgrep -P "$GATE_PID" -f -- --zygote | wc -l; }
one() {
	printf 'connect client.example.org 192.0.2.1 4711\nhelo x\nmacro M i=Q%s\nmail <a@example.org>\nrcpt <b@example.com>\ndata\nfile %s\neom\n' \
	    "$2" "$1" | talk >"$E/said/$2" 2>&1
}
# client NUMBER: messages one after the other until $E/stop appears.
client() {
	local i=0
	until [ -e "$E/stop" ]; do
		i=$((i + 1))
		one "$E/mail/$([ $((i % 3)) -eq 0 ] && echo malware || echo clean)" "$1.$i"
	done
}
said() { cat "$E"/said/* 2>/dev/null | grep -cE "$1"; }
reloads() { grep -c 'reload result=' "$E/gate.log"; }
reload() { local n; n=$(reloads); kill -USR1 "$GATE_PID"; wait_for 20 "[ \$(grep -c 'reload result=' '$E/gate.log') -gt $n ]"; }

# --- under load ------------------------------------------------------------------------------------------
( most=0; until [ -e "$E/stop" ]; do n=$(zygotes); [ "$n" -gt "$most" ] && most=$n; echo "$most" >"$E/most"; done ) & watcher=$!
pids=''
for c in 1 2 3 4; do client $c & pids="$pids $!"; done
old=$(pgrep -P "$GATE_PID" -f -- --zygote)
for i in 1 2 3; do sleep 0.7; reload || not_ok "reload $i ends"; done
sleep 0.5
touch "$E/stop"
# shellcheck disable=SC2086
wait $pids $watcher
sent=$(find "$E/said" -type f | wc -l)
accepted=$(said '^eom: (accept|continue)$') refused=$(said '^eom: reply 5') deferred=$(said '^eom: (reply 4|tempfail)')
echo "# sent $sent = accepted $accepted + refused $refused + deferred $deferred"
is "$(grep -c 'result="new set serves"' "$E/gate.log")" 3 "three reloads under load"
is "$(cat "$E/most")" 1 "two zygotes never exist together"
[ "$(pgrep -P "$GATE_PID" -f -- --zygote)" != "$old" ] && ok "and yet it is another one" || not_ok "and yet it is another one"
is "$((accepted + refused + deferred))" "$sent" "every message is answered"
is "$deferred" 0 "they waited: none is deferred"
[ "$accepted" -gt 20 ] && [ "$refused" -gt 10 ] && ok "there was load" || not_ok "there was load"
is "$(said '^eom: add X-Sekimori-Complete: yes')" "$accepted" "every accepted one was looked at"
third=$(find "$E/said" -type f | sed 's/.*\.//' | awk '$1 % 3 == 0' | wc -l)
is "$refused" "$third" "and all of it was refused"

# --- a set that does not load ------------------------------------------------------------------------------
rm -f "$E"/said/*
printf 'rule broken {\n condition:\n  nothing_known\n}\n' >"$E/rules/broken.yar"
printf 'this is no signature\n' >"$E/db/broken.ndb"
reload || not_ok "the reload with broken files ends"
if grep -q 'NO SET SERVES' "$E/gate.log"; then
	ok "broken files: the log says that nothing serves"
else
	not_ok "broken files: the log says that nothing serves" "$(grep -a 'reload' "$E/gate.log" | tail -3)"
fi
like "$(grep ' err\|error=' "$E/gate.log" | tail -5)" 'broken\.(ndb|yar)' "broken files: and names the file"
SECONDS=0
one "$E/mail/clean" a & pids=$!
one "$E/mail/malware" b & pids="$pids $!"
# shellcheck disable=SC2086
wait $pids
[ "$SECONDS" -le 2 ] && ok "broken files: nobody waits in vain" || not_ok "broken files: nobody waits in vain" "$SECONDS s"
kill -9 "$(pgrep -P "$GATE_PID" -f -- --gate)"
wait_for 20 "tail -n 20 '$E/gate.log' | grep -q 'gate state=serving'"
SECONDS=0
one "$E/mail/clean" g
[ "$SECONDS" -le 2 ] && ok "broken files: a new gate knows it, too" || not_ok "broken files: a new gate knows it, too" "$SECONDS s"
like "$(tail -n 1 "$E/said/g")" '^eom: (reply 4|tempfail)' "broken files: and defers"
like "$(tail -n 1 "$E/said/a")" '^eom: (reply 4|tempfail)' "broken files: mail is deferred"
like "$(tail -n 1 "$E/said/b")" '^eom: (reply 4|tempfail)' "broken files: malware as well"
if [ -x "$BUILD/sekimorictl" ]; then
	unlike "$(ctl reload -c "$E/sekimori.conf" 2>&1; echo "status $?")" 'status 0' "broken files: sekimorictl reload fails"
fi
rm -f "$E/rules/broken.yar" "$E/db/broken.ndb"
reload || not_ok "the reload with the repaired set ends"
one "$E/mail/clean" c
one "$E/mail/malware" d
like "$(tail -n 1 "$E/said/c")" '^eom: continue' "repaired: mail is served again"
like "$(cat "$E/said/c")" 'X-Sekimori-Complete: yes' "repaired: and scanned"
like "$(tail -n 1 "$E/said/d")" '^eom: reply 550' "repaired: malware is refused"
is "$(zygotes)" 1 "repaired: one set"

# --- an old zygote that hangs while the new one waits for its place ------------------------------------------
gate_set 'hang_ms = 3s'
reload || not_ok "reload"
old=$(pgrep -P "$GATE_PID" -f -- --zygote)
before=$(reloads)
kill -STOP "$old"
kill -USR1 "$GATE_PID"
wait_for 15 "[ \$(grep -c 'reload result=' '$E/gate.log') -gt $before ]"
like "$(grep 'hangs' "$E/gate.log")" "zygote error=\"hangs, is killed\" pid=$old" "an old zygote that hangs is killed"
is "$(grep 'reload result=' "$E/gate.log" | tail -1 | grep -c 'new set serves')" 1 "and the new one gets its place"
one "$E/mail/malware" h
like "$(tail -n 1 "$E/said/h")" '^eom: reply 550' "and scans"

# --- options that a reload cannot apply ----------------------------------------------------------------------
gate_set 'milter_socket_mode = 0600' "state_dir = $E/other" 'worker.count = 1'
reload
is "$(grep -c 'needs a restart' "$E/gate.log")" 2 "two options need a restart: two warnings"
like "$(grep 'needs a restart' "$E/gate.log")" 'option=milter_socket_mode.*option=state_dir' "they name them"
# Also for who uses it later: a message that kills workers is kept where the daemon began.
mkdir -p "$E/other"
pids=$(pgrep -P "$(pgrep -P "$GATE_PID" -f -- --zygote)")
# shellcheck disable=SC2086
kill -STOP $pids
one "$E/mail/clean" e
like "$(tail -n 1 "$E/said/e")" '^eom: (reply 4|tempfail)' "a message that hangs is deferred"
wait_for 5 "ls $E/state/killers/*.eml"
is "$(find "$E/state/killers" -name '*.eml' 2>/dev/null | wc -l)" 1 "and kept in the state_dir that is in force"
is "$(find "$E/other" -type f | wc -l)" 0 "not in the one that waits for a restart"
# shellcheck disable=SC2086
kill -9 $pids 2>/dev/null
gate_set 'milter_socket_mode = 0666' "state_dir = $E/state"
reload
is "$(grep -c 'needs a restart' "$E/gate.log")" 2 "back to what is in force: none"
gate_stop && ok "stops" || not_ok "stops"
done_testing

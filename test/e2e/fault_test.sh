#!/bin/bash
# Faults under load. In each: no message that was not scanned is answered as clean, and none is
# lost: sent = delivered + held + refused. The counts are printed.
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "faults under load" "needs root and Postfix"
	done_testing; exit
fi
sink_start
gate_start 'on.malware = reject' 'limit.scan_ms = 10s' 'drain_ms = 20s' || { not_ok "start"; done_testing; exit 1; }
postfix_start 'queue_run_delay = 300s' || { not_ok "Postfix starts"; done_testing; exit 1; }

message 'Hello.' >"$E/mail/clean"
message 'sekimori-e2e-malware' >"$E/mail/malware"
eicar | attach application/octet-stream a.com >"$E/mail/eicar"
head -c 900000 /dev/urandom | attach application/octet-stream a.bin >"$E/mail/large"
printf '%s' '<html><body>' "$(seq 4000)" '</body></html>' | attach text/html a.html >"$E/mail/html"
MIX=("$E/mail/clean" "$E/mail/malware" "$E/mail/large" "$E/mail/eicar" "$E/mail/html")

zygote() { pgrep -P "$GATE_PID" -f -- --zygote | tail -n 1; }
gate() { pgrep -P "$GATE_PID" -f -- --gate | head -n 1; }
workers() { local z; for z in $(pgrep -P "$GATE_PID" -f -- --zygote); do pgrep -P "$z"; done; }
signal() { local s=$1; shift; [ $# -eq 0 ] || kill "-$s" "$@" 2>/dev/null; }

# load N: the mix N times from 8 clients in the background, each message with its number.
load() {
	sink_clear; rm -f "$E/sent"
	ran=$(wc -l <"$E/gate.log")
	send -j 8 -n "$1" -w 90 -x 'X-Number: ' "$SMTP_PORT" "${MIX[@]}" >"$E/sent" & LOAD=$!
	wait_for 20 "[ \$(wc -l <'$E/sent') -ge 8 ]"
}
loading() { kill -0 "$LOAD" 2>/dev/null; }

# The numbers of what the sink has (complete ones: those with an envelope).
arrived() { find "$E/sink" -name '[0-9]*.env' | sed 's/env$/eml/' | xargs -r grep -ahm1 '^X-Number: ' | tr -d '\r' | sed 's/.*: //' | sort; }

# account NAME [least accepted]: wait for the end of the load and compare both sides.
account() {
	local sent accepted refused deferred lost held delivered
	wait "$LOAD"
	sent=$(wc -l <"$E/sent")
	accepted=$(awk '$3 == "end" && $4 == 250' "$E/sent" | wc -l)
	deferred=$(awk '$4 ~ /^4/' "$E/sent" | wc -l)
	refused=$(awk '$4 ~ /^5/' "$E/sent" | wc -l)
	lost=$(awk '$4 == 0' "$E/sent" | wc -l)
	held=$(held_count)
	wait_for 30 "[ \$(arrived | wc -l) -ge $((accepted - held)) ]"
	sleep 0.2
	arrived >"$E/arrived"; delivered=$(wc -l <"$E/arrived")
	echo "# $1: sent $sent = delivered $delivered + held $held + refused $refused + deferred $deferred (lost $lost)"
	is "$lost" 0 "$1: every message got an answer"
	is "$((delivered + held + refused + deferred))" "$sent" "$1: none is lost, none is double"
	# The messages that were accepted are those that arrived.
	if [ "$held" -eq 0 ]; then
		awk '$3 == "end" && $4 == 250 { print $2 }' "$E/sent" | sort >"$E/said"
		same "$E/said" "$E/arrived" "$1: what was accepted is what arrived"
	fi
	is "$(awk '$1 ~ /malware|eicar/ && $4 == 250' "$E/sent" | wc -l)" 0 "$1: no infected message passed"
	is "$(find "$E/sink" -name '*.eml' -exec grep -L '^X-Sekimori-Verdict: clean' {} + | wc -l)" 0 "$1: every delivered one was called clean"
	is "$(find "$E/sink" -name '*.eml' -exec grep -L '^X-Sekimori-Complete: yes' {} + | wc -l)" 0 "$1: and was looked at completely"
	is "$(tail -n +"$((ran + 1))" "$E/gate.log" | grep -c 'verdict action=accept.*unscanned=[^n]')" 0 "$1: nothing unscanned was accepted"
	if [ -n "${2:-}" ]; then
		[ "$accepted" -ge "$2" ] && ok "$1: at least $2 were accepted" || not_ok "$1: at least $2 were accepted" "only $accepted"
	fi
}
well() { like "$(mail "$E/mail/clean")" '^end 250 ' "$1: well again"; like "$(mail "$E/mail/eicar")" '^end 550 ' "$1: and watchful"; }

# --- workers --------------------------------------------------------------------------------------------
load 24
# shellcheck disable=SC2046
while loading; do signal 9 $(workers | shuf -n 1); sleep 0.15; done
account "a worker is killed every 150 ms" 20
well "one worker killed"

load 24
# shellcheck disable=SC2046
for i in 1 2 3; do sleep 0.3; signal 9 $(workers); done
account "all workers are killed three times" 40

# Certainly in mid-scan: they are stopped with the message in hand, then killed; it is scanned by others.
mail "$E/mail/clean" >/dev/null
# shellcheck disable=SC2046
signal STOP $(workers)
old=$(workers | tr '\n' ' ')
mail "$E/mail/eicar" >"$E/one" & pid=$!
sleep 0.5
# shellcheck disable=SC2086
signal 9 $old
wait "$pid"
like "$(cat "$E/one")" '^end 550 5\.7\.1' "killed in mid-scan: another worker finds it all the same"

# A worker that hangs is killed at limit.scan_ms; the message is deferred and kept for the operator.
message 'A killer.' >"$E/mail/killer"
# shellcheck disable=SC2046
signal STOP $(workers)
SECONDS=0
like "$(mail "$E/mail/killer" -w 60)" '^end 451 4\.7\.1 Message could not be checked' "a hung worker: the message is deferred"
[ "$SECONDS" -le 25 ] && ok "soon after limit.scan_ms" || not_ok "soon after limit.scan_ms" "$SECONDS s"
wait_for 5 "ls $E/state/killers/*.eml"
is "$(cat "$E"/state/killers/*.eml 2>/dev/null | grep -c 'A killer')" 1 "the message is kept"
like "$(grep ' killer ' "$E/gate.log" | tail -1)" 'sha256=[0-9a-f]{64}' "and its sha256 is in the log"
# shellcheck disable=SC2046
signal 9 $(workers)
well "killer message"

# --- zygote, gate -----------------------------------------------------------------------------------------
load 24
sleep 0.3; signal 9 "$(zygote)"
account "the zygote is killed"
wait_for 20 "[ -n \"\$(pgrep -P $GATE_PID -f -- --zygote)\" ] && tail -n 5 '$E/gate.log' | grep -qE 'serving|verdict'"
well "zygote killed"

load 24
sleep 0.3; signal 9 "$(gate)"
account "the gate is killed"
wait_for 20 "tail -n 3 '$E/gate.log' | grep -q 'gate state=serving'"
well "gate killed"

# A new gate's questions are new ones, also after the old one had asked some.
asks() { ctl reload -c "$E/ask.conf" >/dev/null 2>&1; echo $?; }
printf 'control_socket = %s\n' "$E/run/control.sock" >"$E/ask.conf"
is "$(asks) $(asks) $(asks)" "0 0 0" "three reloads are asked for"
signal 9 "$(gate)"
wait_for 20 "tail -n 3 '$E/gate.log' | grep -q 'gate state=serving'"
echo 'preset = no-such' >>"$E/sekimori.conf"
is "$(asks)" 78 "asked of a new gate: a broken configuration is refused"
sed -i '/^preset = no-such/d' "$E/sekimori.conf"
is "$(asks)" 0 "asked again: that answer, not the one before"

# --- processes that hang with their sockets open ------------------------------------------------------------
gate_set 'hang_ms = 3s'
signal USR1 "$GATE_PID"; sleep 1; wait_for 20 "tail -n 3 '$E/gate.log' | grep -q 'new set serves'"
wait_for 20 "[ \$(pgrep -P $GATE_PID -f -- --zygote | wc -l) = 1 ]"
hung() { tail -n +"$((ran + 1))" "$E/gate.log" | grep -c "$1 error=\"hangs, is killed\""; }

load 60
stopped=$(zygote)
# Without workers of its own nothing can be scanned before somebody notices.
# shellcheck disable=SC2046
signal STOP "$stopped"; signal 9 $(pgrep -P "$stopped")
account "the zygote hangs"
is "$(hung zygote)" 1 "the zygote hangs: noticed once"
[ "$(zygote)" != "$stopped" ] && ok "the zygote hangs: replaced by itself" || not_ok "the zygote hangs: replaced by itself"
is "$(kill -0 "$stopped" 2>/dev/null; echo $?)" 1 "the zygote hangs: the old one has gone"
well "zygote hung"

# While it loads it cannot answer, and need not: a long load is no hang.
ran=$(wc -l <"$E/gate.log")
for i in 1 2 3 4 5; do
	old=$(zygote); new=''
	signal USR1 "$GATE_PID"
	wait_for 5 "pgrep -P $GATE_PID -f -- --zygote | grep -qvx '$old'"
	new=$(pgrep -P "$GATE_PID" -f -- --zygote | grep -vx "$old" | tail -n 1)
	[ -n "$new" ] && signal STOP "$new"
	sleep 0.3
	[ -n "$new" ] && ! grep -q "state=serving zygote=$new\$" "$E/gate.log" && break
	signal CONT "$new"; sleep 1; new=''
done
[ -n "$new" ] && ok "a zygote is stopped while it loads" || not_ok "a zygote is stopped while it loads"
sleep 7
is "$(hung zygote)" 0 "a zygote that loads for longer than hang_ms is left alone"
like "$(mail "$E/mail/eicar")" '^end 550 ' "the old one serves meanwhile"
signal CONT "$new"
log_wait "state=serving zygote=$new\$" 20 && ok "and the new one serves when it has loaded" || not_ok "and the new one serves when it has loaded"
wait_for 20 "[ \$(pgrep -P $GATE_PID -f -- --zygote | wc -l) = 1 ]"

# The supervisor itself was stopped: nobody else is to blame.
ran=$(wc -l <"$E/gate.log")
signal STOP "$GATE_PID"; sleep 7; signal CONT "$GATE_PID"; sleep 4
is "$(hung zygote) $(hung gate)" '0 0' "a master that was stopped finds nobody hung"

load 40
sleep 0.3; stopped=$(gate); signal STOP "$stopped"
account "the gate hangs"
is "$(hung gate)" 1 "the gate hangs: noticed once"
wait_for 20 "tail -n 3 '$E/gate.log' | grep -q 'gate state=serving'"
[ "$(gate)" != "$stopped" ] && ok "the gate hangs: replaced by itself" || not_ok "the gate hangs: replaced by itself"
well "gate hung"
gate_set 'hang_ms = 15s'

# --- reload ---------------------------------------------------------------------------------------------------
load 60
for i in 1 2 3 4; do signal USR1 "$GATE_PID"; sleep 0.5; done
account "four reloads" 180
is "$(tail -n +"$((ran + 1))" "$E/gate.log" | grep -c 'result="new set serves"' | awk '{ print ($1 >= 1) }')" 1 "four reloads: new sets serve"
is "$(awk '$4 ~ /^4/' "$E/sent" | wc -l)" 0 "four reloads: nothing is deferred"
wait_for 20 "[ \$(pgrep -P $GATE_PID -f -- --zygote | wc -l) = 1 ]"
is "$(pgrep -P "$GATE_PID" -f -- --zygote | wc -l)" 1 "four reloads: the old zygotes have gone"

# --- broken files -----------------------------------------------------------------------------------------------
gate_set 'check_files_ms = 500ms'
signal USR1 "$GATE_PID"; sleep 1; wait_for 20 "tail -n 3 '$E/gate.log' | grep -q 'new set serves'"
load 60
printf 'rule broken {\n condition:\n  nothing_known\n}\n' >"$E/rules/broken.yar"
sleep 1.5
printf 'this is no signature\n' >"$E/db/broken.ndb"
account "broken rule and database" 180
is "$(awk '$4 ~ /^4/' "$E/sent" | wc -l)" 0 "broken files: nothing is deferred"
log_wait 'broken\.ndb' 10
like "$(tail -n +"$((ran + 1))" "$E/gate.log")" 'broken\.yar:[0-9]+' "broken rule: file and line are in the log"
like "$(tail -n +"$((ran + 1))" "$E/gate.log")" 'broken\.ndb' "broken database: the file is in the log"
well "broken files"
rm -f "$E/rules/broken.yar" "$E/db/broken.ndb"
printf 'rule E2E_NEW {\n meta:\n  class = "malware"\n  score = "20.0"\n  description = "new"\n strings:\n  $a = "sekimori-e2e-new"\n condition:\n  $a\n}\n' >"$E/rules/new.yar"
message 'sekimori-e2e-new' >"$E/mail/new"
wait_for 20 "'$TOOL/smtp_send' '$SMTP_PORT' '$E/mail/new' | grep -q ' 550 '" && ok "a new rule file is in force by itself" ||
	not_ok "a new rule file is in force by itself"

# --- stop ----------------------------------------------------------------------------------------------------------
load 40
sleep 0.4
gate_stop 25 && ok "SIGTERM under load: stops" || not_ok "SIGTERM under load: stops"
account "SIGTERM under load"
[ "$(awk '$4 ~ /^4/' "$E/sent" | wc -l)" -gt 0 ] && ok "SIGTERM under load: what came later was deferred" ||
	not_ok "SIGTERM under load: what came later was deferred"
is "$(grep 'stopped unanswered' "$E/gate.log" | tail -1 | sed 's/.*=//')" 0 "SIGTERM under load: no message at work was left without its answer"
like "$(pgrep -f "^sekimori.*$E" | wc -l)" '^0$' "no process is left"

# --- disks -------------------------------------------------------------------------------------------------------------
mkdir -p "$E/small"
if mount -t tmpfs -o size=64k,mode=0700 tmpfs "$E/small" 2>/dev/null; then
	gate_set "worker.tmp_dir = $E/small" 'worker.namespaces = no'	# else each has a small disk of its own
	gate_run || not_ok "start with little temporary space"
	load 8
	account "temp folder as good as full"
	head -c 60000 /dev/zero >"$E/small/filler" 2>/dev/null
	load 8
	account "temp folder full"
	rm -f "$E/small/filler"
	gate_stop
	gate_set "worker.tmp_dir = $E/tmp" "spool_dir = $E/small" 'spool_memory_max = 10K'
	gate_run || not_ok "start with little spool space"
	load 8
	account "spool folder full" 8
	is "$(awk '$1 ~ /large/ && $4 == 451' "$E/sent" | wc -l)" 8 "what does not fit into the spool is deferred"
	gate_stop
	gate_set "spool_dir = $E/spool" 'spool_memory_max = 4M'
else
	skip "full folders" "cannot mount a tmpfs"
fi
gate_set 'worker.namespaces = no'
gate_run || not_ok "start"
load 16
rm -rf "$E/tmp"
# shellcheck disable=SC2046
signal 9 $(workers)
account "temp folder removed"
mkdir -p "$E/tmp"
sleep 1
well "temp folder back"
gate_stop
done_testing

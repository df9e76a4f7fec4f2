#!/bin/bash
# Starting and stopping: what must be refused, with which words and status; every form of socket.
. "$(dirname "$0")/lib.sh"

e2e_begin
# refused STATUS PATTERN NAME: sekimorid must not start, say why and leave with that status.
refused() {
	local out rc
	out=$(timeout 60 "$BUILD/sekimorid" -f -c "$E/sekimori.conf" 2>&1); rc=$?
	is "$rc" "$1" "$3: status"
	like "$out" "$2" "$3: says why"
}
greets() { printf 'connect h 192.0.2.1 1\nhelo x\nmail <a@b>\n' | talk 2>&1 | tail -n 1; }

# --- configuration ---------------------------------------------------------------------------
gate_config 'milter_sokcet = unix:/x' 'message_max = many' 'on.malware = explode'
out=$(timeout 20 "$BUILD/sekimorid" -f -c "$E/sekimori.conf" 2>&1); rc=$?
is "$rc" 78 "a wrong configuration: EX_CONFIG"
like "$out" 'sekimori\.conf:[0-9]+: milter_sokcet: .*milter_socket' "unknown key, with a suggestion"
like "$out" 'sekimori\.conf:[0-9]+: message_max: ' "wrong value"
like "$out" 'sekimori\.conf:[0-9]+: on\.malware: ' "and the third error, too"
gate_config 'user = no-such-user-here'
[ "$(id -u)" = 0 ] && refused 78 'no such user' "an unknown user"
SOCKET='inet:99999@127.0.0.1' gate_config
refused 78 '99999' "a socket that is none"
out=$("$BUILD/sekimorid" -Z 2>&1); is $? 64 "a wrong option: EX_USAGE"

# --- engines -----------------------------------------------------------------------------------------
printf 'rule broken { condition: nothing_known }\n' >"$E/rules/broken.yar"
rm -f "$E/rules/e2e.yar"
gate_config
echo garbage >"$E/db/bad.ndb"
refused 69 '(bad\.ndb|broken)' "nothing that can be loaded"
rm -f "$E/db/bad.ndb" "$E/rules/broken.yar"

# --- sockets ---------------------------------------------------------------------------------------------
for form in "unix:$E/a.sock" "local:$E/b.sock" "inet:$(free_port)@127.0.0.1" "inet:127.0.0.1:$(free_port)" "inet6:$(free_port)@::1"; do
	SOCKET=$form
	case $form in inet6*) [ -e /proc/net/if_inet6 ] || { skip "${form%%:*}" "no IPv6"; continue; } ;; esac
	gate_start || { not_ok "$form: starts"; continue; }
	like "$(greets)" 'mail: continue' "$form"
	gate_stop || not_ok "$form: stops"
done
SOCKET=unix:$E/milter.sock
gate_start || not_ok "start"
is "$(stat -c %a "$E/milter.sock")" 666 "milter_socket_mode"
refused 69 'another sekimorid runs' "a second one with the same run_dir"
sed "s|^run_dir.*|run_dir = $E/run2|; s|^control_socket.*|control_socket = $E/run2/c|" "$E/sekimori.conf" >"$E/second.conf"
out=$(timeout 20 "$BUILD/sekimorid" -f -c "$E/second.conf" 2>&1); rc=$?
is "$rc" 69 "a live milter socket is not taken: status"
like "$out" 'another program answers on this socket' "a live milter socket is not taken: says why"
like "$(greets)" 'mail: continue' "the first one still serves"
kill -9 "$GATE_PID"; wait "$GATE_PID" 2>/dev/null; GATE_PID=''
[ -S "$E/milter.sock" ] && ok "SIGKILL leaves the socket's name behind" || not_ok "SIGKILL leaves the socket's name behind"
sleep 1
gate_run && ok "and the next start replaces it" || not_ok "and the next start replaces it" "$(tail -3 "$E/gate.log")"
like "$(greets)" 'mail: continue' "and serves"

# --- the log as JSON: every line of every process is an object ------------------------------------------------
gate_stop
gate_config 'log_format = json'
"$BUILD/sekimorid" -f -c "$E/sekimori.conf" >"$E/json.log" 2>&1 & GATE_PID=$!
wait_for 40 "grep -q '\"event\":\"gate\",\"state\":\"serving\"' '$E/json.log'" || not_ok "json: starts" "$(tail -n 3 "$E/json.log")"
stop "$GATE_PID"; GATE_PID=''
is "$(jq -e 'has("id") and has("level") and has("event")' "$E/json.log" 2>&1 | sort -u)" true "json: one object a line"
is "$(jq -r 'select(.event == "yara-loaded" or .event == "stopped") | .event' "$E/json.log" | sort -u | tr '\n' ' ')" \
    "stopped yara-loaded " "json: of all processes"

# --- who runs as whom --------------------------------------------------------------------------------------
gate_stop
if [ "$(id -u)" = 0 ]; then
	rm -rf "$E/state" "$E/spool" "$E/tmp" "$E/run"
	chmod -R a+rX "$E" 2>/dev/null
	gate_start 'user = nobody' || not_ok "starts as another user"
	like "$(greets)" 'mail: continue' "serves as another user"
	is "$(pgrep -P "$GATE_PID" | while read -r p; do awk '/^Uid/ { print $2, $3, $4 }' "/proc/$p/status"; done | sort -u)" \
	    "$(id -u nobody) $(id -u nobody) $(id -u nobody)" "every child is that user"
	message 'sekimori test' >"$E/mail/a"
	like "$(printf 'connect h 192.0.2.1 1\nhelo x\nmail <a@b>\nrcpt <c@d>\nfile %s\neom\n' "$E/mail/a" | talk | tail -n 1)" 'eom: continue' "and scans"
	gate_stop
	rm -rf "$E/state" "$E/spool" "$E/tmp" "$E/run"
else
	skip "another user" "needs root"
fi

# --- the service manager -----------------------------------------------------------------------------------------
if [ -x "$TOOL/notify_sink" ]; then
	"$TOOL/notify_sink" "$E/notify" >"$E/notify.out" & sink=$!
	wait_for 5 "[ -S '$E/notify' ]"
	export NOTIFY_SOCKET=$E/notify WATCHDOG_USEC=1000000
	gate_start || not_ok "start under a service manager"
	unset NOTIFY_SOCKET WATCHDOG_USEC
	sleep 2
	kill -USR1 "$GATE_PID"; log_wait 'reload result' 20
	gate=$(pgrep -P "$GATE_PID" -f -- --gate | head -1)
	sleep 0.3; kill -STOP "$gate"; sleep 1.2; before=$(grep -c WATCHDOG "$E/notify.out"); sleep 2
	is "$(grep -c WATCHDOG "$E/notify.out")" "$before" "no sign of life when the gate hangs"
	kill -CONT "$gate"
	gate_stop; kill "$sink"; wait "$sink" 2>/dev/null
	out=$(cat "$E/notify.out")
	like "$out" 'READY=1' "READY"
	like "$out" 'WATCHDOG=1' "WATCHDOG"
	like "$out" 'RELOADING=1.*READY=1' "RELOADING, then READY"
	like "$out" 'STOPPING=1' "STOPPING"
fi

# --- in the background ----------------------------------------------------------------------------------------------
gate_config
"$BUILD/sekimorid" -c "$E/sekimori.conf" >"$E/bg.out" 2>&1; rc=$?
is "$rc" 0 "without -f the starter returns 0 once it serves"
like "$(greets)" 'mail: continue' "and it serves"
GATE_PID=$(cat "$E/run/sekimorid.lock")
gate_stop && ok "the lock file holds its pid" || not_ok "the lock file holds its pid"
[ ! -e "$E/milter.sock" ] && ok "stopped" || not_ok "stopped"
done_testing

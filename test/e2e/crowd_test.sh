#!/bin/bash
# Many clients at once: 2000 that only said HELO stay served while 500 send mail.
# covers: milter/milter.c lib/gate/session.c
. "$(dirname "$0")/lib.sh"

IDLE=2000 BUSY=500
e2e_begin
gate_start 'engine.clamav = no' 'engine.yara = no' 'engine.unpack = no' ||
    { not_ok "start"; done_testing; exit 1; }
files=()
for i in $(seq $((BUSY * 3))); do
	message "Hello $i." >"$E/mail/$i"
	files+=("$E/mail/$i")
done
line=$("$TOOL/milter_load" -i "$IDLE" "$SOCKET" "$BUSY" - "${files[@]}")
echo "# $line"
like "$line" "pass=$((BUSY * 3)) " "$BUSY connections at once send three messages each: all are answered"
like "$line" "tempfail=0 errors=0 " "none is put off"
like "$line" "idle=$IDLE\$" "$IDLE connections that waited meanwhile are served"
is "$(ctl status -j -c "$E/sekimori.conf" | jq .counts.refused)" 0 "none was turned away"
gate=$(for p in $(pgrep -P "$GATE_PID"); do grep -q -e --gate "/proc/$p/cmdline" && echo "$p"; done)
echo "# gate: $(awk '/^(VmRSS|Threads):/ { printf "%s %s  ", $1, $2 }' "/proc/$gate/status" 2>/dev/null)"
wait_for 10 "[ \$(ctl status -j -c '$E/sekimori.conf' | jq .counts.sessions) = 0 ]"
is "$(ctl status -j -c "$E/sekimori.conf" | jq .counts.sessions)" 0 "all of them have gone at the end"
done_testing

#!/bin/bash
# The daemon under ThreadSanitizer (make all SAN=thread): parallel connections, reloads, scans on
# the control socket, a lost worker, a stop. Any report fails, but for those in tsan.supp.
# gcc 12's ThreadSanitizer cannot live with some kernels' address layout: once more without.
if [ -z "${SEKIMORI_FIXED:-}" ] && setarch -R true 2>/dev/null; then
	SEKIMORI_FIXED=1 exec setarch -R "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

PLAIN=$BUILD BUILD=$BUILD/san-thread
if [ ! -x "$BUILD/sekimorid" ]; then
	skip "the daemon under ThreadSanitizer" "make all SAN=thread builds it"
	echo "1..$TESTS"; exit 0
fi
e2e_begin
export TSAN_OPTIONS="second_deadlock_stack=1 history_size=4 suppressions=$PWD/test/e2e/tsan.supp"
gate_start 'on.malware = reject' 'on.content = tag, strip' 'on.spam = quarantine' 'quarantine.where = store' 'progress_ms = 1s' 'spool_memory_max = 100K' 'sessions_max = 20' ||
	{ not_ok "start"; done_testing; exit 1; }
like "$(ldd "$BUILD/sekimorid")" 'libtsan' "the daemon is instrumented"
message 'Hello.' >"$E/mail/0"
message 'sekimori-e2e-malware' >"$E/mail/1"
echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin >"$E/mail/2"
head -c 300000 /dev/urandom | attach application/octet-stream a.bin >"$E/mail/3"
message 'sekimori-e2e-spam' >"$E/mail/4"
mkdir "$E/said"

# client NUMBER: connections with three messages each, one of them broken off, until $E/stop appears.
client() {
	local i=0 n
	until [ -e "$E/stop" ]; do
		i=$((i + 1)); n=$((($1 + i) % 5))
		{
			printf 'connect client.example.org 192.0.2.1 4711\nhelo x\n'
			for f in $n $(((n + 1) % 5)); do
				printf 'macro M i=Q%d_%d\nmail <a@example.org>\nrcpt <b@example.com>\ndata\nfile %s\neom\n' "$1" "$i" "$E/mail/$f"
			done
			printf 'mail <a@example.org>\nrcpt <b@example.com>\nheader X: y\nabort\n'
			[ $((i % 2)) -eq 0 ] || echo quit
		} | "$PLAIN/test/tool/milter_talk" -t 60 "$SOCKET" >"$E/said/$1.$i" 2>&1
	done
}
controls() {
	until [ -e "$E/stop" ]; do
		"$PLAIN/sekimorictl" scan -c "$E/sekimori.conf" "$E/mail/1" >>"$E/ctl" 2>&1
		"$PLAIN/sekimorictl" status -c "$E/sekimori.conf" >>"$E/status" 2>&1
		# What is held twice is one: some of it goes, so that more comes.
		"$PLAIN/sekimorictl" quarantine delete --kind spam --yes -c "$E/sekimori.conf" >>"$E/deleted" 2>&1
	done
}
# The log without the reports in which both accesses are libmilter's alone: see tsan.supp.
without_libmilter() {
	awk '
	function flush() { if (ours || !theirs) printf "%s", text; text = ""; inside = 0 }
	/^WARNING: ThreadSanitizer/ { inside = access = 1; ours = theirs = 0 }
	!inside { print; next }
	{ text = text $0 "\n" }
	/^  (Location|Mutex|Thread|As if)/ { access = 0 }
	/ of size [0-9]+ at / { access = 1 }
	access && /^    #[0-9]+ / { if (/\(libmilter\.so/) theirs = 1; else if (!/\(libtsan\.so/) ours = 1 }
	/^SUMMARY: / { flush() }
	END { if (inside) { ours = 1; flush() } }' "$1"
}
said() { cat "$E"/said/* | grep -cE "$1"; }
result() { wait_for 30 "[ \$(grep -c 'reload result=' '$E/gate.log') -ge $1 ]"; }

for c in 1 2 3 4; do client $c & pids="${pids:-} $!"; done
controls & pids="$pids $!"
sleep 2
kill -USR1 "$GATE_PID"; result 1 && ok "a reload under load" || not_ok "a reload under load"
# shellcheck disable=SC2046
kill -9 $(pgrep -P "$(pgrep -n -P "$GATE_PID" -f -- --zygote)") 2>/dev/null
sleep 1
"$PLAIN/sekimorictl" reload -c "$E/sekimori.conf" >"$E/reload" 2>&1 && ok "a reload through the control socket" ||
	not_ok "a reload through the control socket" "$(cat "$E/reload")"
# A scan long enough for a progress report.
wait_for 20 "[ \$(pgrep -P $GATE_PID -f -- --zygote | wc -l) = 1 ]"
z=$(pgrep -P "$GATE_PID" -f -- --zygote)
wait_for 20 "[ \$(pgrep -P '$z' | wc -l) = 2 ]"
# shellcheck disable=SC2046
kill -STOP $(pgrep -P "$z"); sleep 3.5; kill -CONT $(pgrep -P "$z")
sleep 1
# In the middle of it all: the last ones may find nobody.
gate_stop 25 && ok "a stop under load" || not_ok "a stop under load"
touch "$E/stop"
# shellcheck disable=SC2086
wait $pids
echo "# messages answered: $(said '^eom: (continue|accept|reply|tempfail|quarantine)'), progress $(said '^eom: progress'), scans by hand $(grep -c . "$E/ctl")"
[ "$(said '^eom: reply 550')" -ge 10 ] && ok "malware was refused" || not_ok "malware was refused" "$(said '^eom: reply 550')"
[ "$(said '^eom: body')" -ge 5 ] && ok "parts were removed" || not_ok "parts were removed"
[ "$(said '^eom: progress')" -ge 1 ] && ok "progress was reported" || not_ok "progress was reported"
like "$(cat "$E/ctl")" 'E2E_MALWARE' "scans on the control socket"
like "$(grep -c ': deleted$' "$E/deleted")" '^[1-9]' "mail was held, and deleted"
like "$(cat "$E/status")" 'outcome\.reject [1-9]' "status on the control socket"
frame() { printf '    #%s %s\n' "$1" "$2"; }
{ echo 'WARNING: ThreadSanitizer: data race'; echo '  Write of size 8 at 0x1 by thread T1:'; frame 0 'x (libtsan.so.2+0x1)'
	frame 1 'on_eom milter/milter.c:1 (sekimorid+0x1)'; frame 2 'y (libmilter.so.1.0.1+0x1)'; echo 'SUMMARY: x'; } >"$E/ours"
is "$(without_libmilter "$E/ours")" "$(cat "$E/ours")" "a race in a callback would be seen"
without_libmilter "$E/gate.log" >"$E/filtered" && mv "$E/filtered" "$E/gate.log"
reports=$(grep -c 'WARNING: ThreadSanitizer' "$E/gate.log")
is "$reports" 0 "no report of ThreadSanitizer"
[ "$reports" = 0 ] || grep -aA40 -m3 'WARNING: ThreadSanitizer' "$E/gate.log" | cut -c1-200 | sed 's/^/#   /'
unlike "$(cat "$E/gate.log")" 'FATAL: ThreadSanitizer|ThreadSanitizer:DEADLYSIGNAL' "and no end of it"
done_testing

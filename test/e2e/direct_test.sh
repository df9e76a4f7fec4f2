#!/bin/bash
# The milter protocol by hand: what no well-behaved MTA sends, and phases no SMTP client shows.
. "$(dirname "$0")/lib.sh"

e2e_begin
gate_start 'on.malware = reject' 'on.content = tag, strip' 'unscanned.limit = quarantine' 'message_max = 2M' \
    'spool_memory_max = 100K' 'sessions_max = 5' 'on_fail = tempfail' || { not_ok "start"; done_testing; exit 1; }
EICAR=$(eicar | base64 -w 0)
HELLO='connect client.example.org 192.0.2.1 4711\nhelo client.example.org\n'
ENVELOPE='macro M i=Q1\nmail <a@example.org>\nrcpt <b@example.com>\ndata\n'
# dialogue SCRIPT NAME PATTERN...: what the gate says to it must match every pattern.
dialogue() {
	local out name=$2
	out=$(printf "$1" | talk 2>&1)
	shift 2
	for p in "$@"; do like "$out" "$p" "$name: $p"; done
}
last() { printf "$1" | talk 2>&1 | tail -n 1; }

# --- bytes ------------------------------------------------------------------------------------
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nbody hello\\r\\n\neom\n' "a plain message" 'eom: continue'
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\neom\n' "0-byte body" 'eom: continue'
dialogue "$HELLO$ENVELOPE"'eoh\nbody hello\neom\n' "no header at all" 'eom: (continue|quarantine)'
dialogue "$HELLO$ENVELOPE"'eoh\neom\n' "nothing at all" 'eom: (continue|quarantine)'
dialogue "$HELLO$ENVELOPE"'header Subject: a\\0b\neoh\nbody a\\0sekimori-e2e-malware\\0b\neom\n' "NUL in header and body" 'eom: reply 550'
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nbody one\\nsekimori-e2e-malware\\ntwo\\rthree\neom\n' "bare LF and CR" 'eom: reply 550'
dialogue "$HELLO$ENVELOPE"'header Content-Type: text/plain\\rX: y\nheader Content-Transfer-Encoding: base64\neoh\nbody '"$EICAR"'\neom\n' \
    "bare CR in a header field" 'eom: (reply 550|quarantine)'
dialogue "$HELLO$ENVELOPE"'header Content-Transfer-Encoding: base64\neoh\nbody '"${EICAR:0:30}"'\nbody '"${EICAR:30:7}"'\nbody '"${EICAR:37}"'\neom\n' \
    "a marker cut by body chunks" 'eom: reply 550'
dialogue "$HELLO$ENVELOPE"'header \\x80\\xff: y\nheader X y: z\neoh\nbody x\neom\n' "strange field names" 'eom: '
dialogue "$HELLO$ENVELOPE"'header Subject: %%s%%n 100%%\neoh\nbody sekimori-e2e-malware\neom\n' "percent signs" 'eom: reply 550 5.7.1 [^%%]*$'
dialogue "$HELLO"'macro M i=Q%%d\\r\\n250_ok\nmail <a@b>\nrcpt <b@c>\neoh\nbody sekimori-e2e-malware\neom\n' "a hostile queue id" 'reference Q_d__250_ok$'
long=$(head -c 60000 /dev/zero | tr '\0' x)
dialogue "$HELLO$ENVELOPE""header X-Long: $long"'\neoh\nbody x\neom\n' "a header field of 60 KB" 'eom: '

# --- sizes -------------------------------------------------------------------------------------
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nfill 1000000\nbody \\r\\nsekimori-e2e-malware\neom\n' "spooled on disk" 'eom: reply 550'
is "$(find "$E/spool" -type f | wc -l)" 0 "no file is left in the spool folder"
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nfill 3000000\neom\n' "over message_max" 'eom: quarantine .*limit' 'eom: continue'
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nfill 2097100\neom\n' "almost message_max" 'eom: continue'

# --- phases --------------------------------------------------------------------------------------
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nbody sekimori-e2e-malware\nabort\n'"$ENVELOPE"'header Subject: y\neoh\nbody hello\neom\n' \
    "abort in mid-message, then another" 'eom: continue'
unlike "$(printf "$HELLO$ENVELOPE"'header Subject: x\neoh\nbody sekimori-e2e-malware\nabort\n'"$ENVELOPE"'header Subject: y\neoh\nbody hello\neom\n' | talk)" '550' \
    "nothing of the aborted one is left"
dialogue "$HELLO$ENVELOPE"'header Subject: x\neoh\nbody hello\neom\n'"$ENVELOPE"'header Subject: x\neoh\nbody sekimori-e2e-malware\neom\n'"$ENVELOPE"'eoh\nbody hello\neom\n' \
    "three messages on one connection" $'eom: continue.*eom: reply 550.*eom: continue'
dialogue "$HELLO"'abort\nabort\n'"$ENVELOPE"'eoh\nbody x\neom\n' "abort without a message" 'eom: continue'
dialogue 'quit\n' "quit at once" 'negotiate'
dialogue 'connect localhost local\nhelo x\n'"$ENVELOPE"'eoh\nbody x\neom\n' "local submission" 'eom: continue'
dialogue 'connect v6.example.org 2001:db8::1 4711\nhelo x\n'"$ENVELOPE"'eoh\nbody x\neom\n' "IPv6 client" 'eom: continue'
like "$(grep 'client=2001:db8::1' "$E/gate.log")" 'client=2001:db8::1' "its address is in the log"
rcpts=$(for i in $(seq 300); do printf 'rcpt <u%d@example.com>\\n' "$i"; done)
dialogue "$HELLO"'mail <a@example.org>\n'"$rcpts"'data\neoh\nbody x\neom\n' "300 recipients" 'eom: continue'
like "$(tail -n 1 "$E/gate.log")" 'rcpts=300' "all are counted"
printf "$HELLO$ENVELOPE"'header Subject: x\neoh\nbody part of it' | talk >/dev/null 2>&1
like "$(last "$HELLO$ENVELOPE"'eoh\nbody x\neom\n')" 'eom: continue' "an MTA that vanished in mid-message leaves the gate at work"

# --- what the MTA offers ----------------------------------------------------------------------------
dialogue 'negotiate 1ff 1fffff\n' "all offered" 'negotiate: actions 0x13b steps 0x1d3180'
dialogue 'negotiate 3f 7f\n'"$HELLO$ENVELOPE"'header Subject: x\neoh\nbody hello\neom\n' "an old MTA: every phase is answered" \
    'steps 0' 'connect: continue' 'helo: continue' 'header: continue' 'eoh: continue' 'body: continue' 'eom: continue' 'add X-Sekimori-Verdict:clean'
dialogue 'negotiate 1ff 1fffff\n'"$HELLO$ENVELOPE"'header Subject: x\neoh\nbody hello\neom\n' "leading space is ours" 'add X-Sekimori-Verdict: clean'
dialogue 'negotiate 0 1fffff\n'"$HELLO$ENVELOPE"'header Subject: x\neoh\nbody sekimori-e2e-malware\neom\n' "an MTA that allows nothing" '(eom: reply 550|filter went away)'

# --- modifications ---------------------------------------------------------------------------------------
echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin >"$E/mail/strip"
printf "$HELLO$ENVELOPE"'file %s\neom\n' "$E/mail/strip" | talk -b "$E/body" >"$E/out"
like "$(cat "$E/out")" 'eom: body [0-9]+' "strip: a new body"
unlike "$(cat "$E/body")" "$(echo 'sekimori-e2e-content' | base64)" "without the part"
like "$(cat "$E/body")" 'removed this part.*bad\.bin' "with a notice"
message 'sekimori-e2e-content' >"$E/mail/root"
printf "$HELLO$ENVELOPE"'file %s\neom\n' "$E/mail/root" | talk -b "$E/body" >"$E/out"
like "$(cat "$E/body"; grep quarantine "$E/out")" '(removed this part|quarantine)' "strip of the only part: a notice, or held"

# --- overload ---------------------------------------------------------------------------------------------
for i in 1 2 3 4 5; do printf "$HELLO"'pause 3000\n' | talk >/dev/null 2>&1 & pids="${pids:-} $!"; done
sleep 0.7
dialogue "$HELLO"'mail <a@b>\n' "sessions_max" 'mail: reply 421 4\.3\.2'
# shellcheck disable=SC2086
wait $pids
dialogue "$HELLO$ENVELOPE"'eoh\nbody x\neom\n' "after it" 'eom: continue'
# No descriptor and no session is left over.
gate=$(pgrep -P "$GATE_PID" -f -- --gate | head -1)
sleep 0.3
is "$(find "/proc/$gate/fd" -printf '%l\n' | grep -c 'memfd:message\|spool')" 0 "no spool is left open"
if command -v jq >/dev/null && [ -x "$BUILD/sekimorictl" ]; then
	is "$(ctl status -c "$E/sekimori.conf" --json 2>/dev/null | jq '.counts.sessions // 0')" 0 "no session is left over"
fi
gate_stop && ok "stops" || not_ok "stops"
[ ! -e "$E/milter.sock" ] && ok "and takes its socket away" || not_ok "and takes its socket away"
done_testing

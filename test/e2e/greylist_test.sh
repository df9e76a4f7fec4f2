#!/bin/bash
# Greylisting as the MTA sees it: 450 4.7.1 for one recipient, then none; and what outlives a restart.
. "$(dirname "$0")/lib.sh"

e2e_begin
gate_start 'check.greylist.enable = yes' 'check.greylist.delay_ms = 2s' || { not_ok "start"; done_testing; exit 1; }
HELLO='connect mx.example.org 192.0.2.1 4711\nhelo mx.example.org\n'
MAIL='macro M i=Q1\nmail <a@example.org>\n'
REST='data\nheader Subject: x\neoh\nbody hello\neom\n'
say() { printf "$1" | talk 2>&1; }

out=$(say "$HELLO$MAIL"'rcpt <b@example.com>\nrcpt <postmaster@example.com>\n'"$REST")
like "$out" 'rcpt: reply 450 4\.7\.1 Greylisted: please try again in some minutes' "the first try is deferred"
like "$out" 'rcpt: continue' "postmaster never waits"
like "$out" 'eom: continue' "and gets the message"
like "$(grep refused "$E/gate.log" | tail -n 1)" 'phase=RCPT action=tempfail verdict=flow because=.*GREYLISTED.*rcpt=b@example.com' "the log says why"
like "$(say "$HELLO$MAIL"'rcpt <b@example.com>\n')" 'rcpt: reply 450 4\.7\.1' "the second at once as well"
like "$(say "${HELLO/192.0.2.1/127.0.0.1}$MAIL"'rcpt <c@example.com>\n')" 'rcpt: continue' "this machine need not wait"
like "$(say "$HELLO"'macro M i=Q1 {auth_authen}=alice\nmail <a@example.org>\nrcpt <c@example.com>\n')" 'rcpt: continue' "nor do our own users"
sleep 2.1
like "$(say "${HELLO/192.0.2.1/192.0.2.77}$MAIL"'rcpt <b@example.com>\n'"$REST")" 'eom: continue' "in time, from the next machine of its network, it passes"
like "$(say "$HELLO$MAIL"'rcpt <d@example.com>\n')" 'rcpt: continue' "from then on to whomever it writes"
like "$(say "$HELLO${MAIL/a@/new@}"'rcpt <d@example.com>\n')" 'rcpt: reply 450' "another sender begins anew"
gate_stop
gate_run || not_ok "start again"
like "$(say "$HELLO$MAIL"'rcpt <b@example.com>\n'"$REST")" 'eom: continue' "a restart forgets nothing"
sleep 2.1
like "$(say "$HELLO${MAIL/a@/new@}"'rcpt <d@example.com>\n')" 'rcpt: continue' "nor who was asked to wait"
gate_stop
printf 'x' | dd of="$E/state/counters" bs=1 seek=40 conv=notrunc 2>/dev/null
gate_run || not_ok "start with a damaged file"
like "$(cat "$E/gate.log")" 'snapshot is damaged' "a damaged file is no reason not to start"
like "$(say "$HELLO$MAIL"'rcpt <b@example.com>\n')" 'rcpt: reply 450' "what it held is forgotten"
gate_stop
gate_set 'mode = observe'
gate_run || not_ok "start in observe"
like "$(say "$HELLO$MAIL"'rcpt <x@example.com>\n'"$REST")" 'eom: continue' "observe lets it through"
done_testing

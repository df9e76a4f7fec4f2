#!/bin/bash
# What is refused before there is a message, through real Postfix: the command it is answered at, the
# words, and the reference that `sekimorictl explain` resolves.
# covers: lib/gate/session.c lib/gate/refusals.c lib/gate/trace.c ctl/verb_explain.c ctl/verb_trace.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "mail through Postfix" "needs root and Postfix"
	done_testing; exit
fi
sink_start
gate_start 'scores = HELO_OURSELF=10, HELO_BARE_IP=10' 'on.reputation = reject' 'early = reputation' ||
    { not_ok "start"; done_testing; exit 1; }
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' || { not_ok "Postfix starts"; done_testing; exit 1; }
message 'Hello.' >"$E/mail/plain"

outside=(-X 'ADDR=192.0.2.7 NAME=mail.sender.example')
explain() { ctl explain -c "$E/sekimori.conf" "$@" 2>&1; }
reference() { sed -n 's/.*reference \([A-Za-z0-9_-]*\).*/\1/p' <<<"$1"; }

# --- HELO, answered at MAIL ----------------------------------------------------------------
answer=$(mail "$E/mail/plain" "${outside[@]}" -e mx.example.com)
like "$answer" '^mail 550 5\.7\.1 .*\(reputation\), reference c' "our own name in HELO: refused at MAIL, with a reference"
like "$(grep ' refused phase=' "$E/gate.log" | tail -n 1)" 'phase=MAIL action=reject.*because="?HELO_OURSELF.*client=192\.0\.2\.7.*helo=mx\.example\.com' "one line in the log says why"
id=$(reference "$answer")
wait_for 5 "grep -q '$id' '$E/state/refusals.jsonl'"
tree=$(explain "$id"); is $? 0 "explain knows the reference"
like "$tree" 'HELO_OURSELF reputation 10\.0: helo=mx\.example\.com' "and the finding"
like "$tree" 'client +192\.0\.2\.7' "the client"
like "$tree" 'on\.reputation = reject' "and the line of policy"
is "$(explain -j "$id" | jq -r '.where.phase + " " + .outcome')" 'MAIL reject' "as JSON, too"
explain nosuchreference >/dev/null; is $? 2 "a reference that nobody was given: 2"
like "$(explain nosuchreference)" 'neither a file nor a message of the ledger, nor a reference' "and the reason"

# --- a client that is as it should be ------------------------------------------------------
like "$(mail "$E/mail/plain" "${outside[@]}")" '^end 250 ' "another client is served"
like "$(mail "$E/mail/plain" "${outside[@]}" -e '192.0.2.7')" '^mail 550 ' "a bare address is not"
is "$(grep -c ' refused phase=' "$E/gate.log")" 2 "one line for each refusal"

# --- what would happen, without sending anything ---------------------------------------------
trace() { ctl trace -c "$E/sekimori.conf" "$@" 2>&1; }
sessions() { ctl status -j -c "$E/sekimori.conf" | jq -r '.counts.connections'; }
before=$(sessions)
tree=$(trace --ip 192.0.2.7 --hostname mail.sender.example --helo 192.0.2.7 --from a@sender.example --rcpt b@example.com)
is $? 0 "trace answers"
like "$tree" 'HELO_BARE_IP reputation 10\.0' "with the finding of HELO"
like "$tree" 'answer +550 5\.7\.1 Message refused by policy \(reputation\)' "and the words the client would hear at MAIL"
is "$(trace -j --ip 192.0.2.7 --helo 192.0.2.7 --from a@b.example --rcpt b@example.com | jq -r '[.phases[].where.phase] | join(" ")')" \
    'CONNECT HELO MAIL' "it ends where the client would end"
is "$(trace -j --ip 192.0.2.7 --hostname m.sender.example --helo m.sender.example --from a@b.example --rcpt b@example.com --rcpt c@example.com |
    jq -r '[.phases[] | .where.phase + " " + .where.rcpt + (if .ends then " ends" else "" end)] | join(",")')" \
    'CONNECT ,HELO ,MAIL ,RCPT b@example.com,RCPT c@example.com' "a good client: each recipient"
is "$(sessions)" "$before" "nothing was sent or counted"
trace --helo x >/dev/null; is $? 64 "without --ip: usage"
like "$(trace --local --ip 192.0.2.7 --helo mx.example.org)" 'HELO' "without asking sekimorid, too"

# --- deferred instead, and waiting for the message -------------------------------------------
gate_set 'on.reputation = tempfail'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
like "$(mail "$E/mail/plain" "${outside[@]}" -e mx.example.com)" '^mail 451 4\.7\.1 ' "tempfail: deferred at MAIL"
gate_set 'on.reputation = reject' 'early = blocked'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
answer=$(mail "$E/mail/plain" "${outside[@]}" -e mx.example.com)
like "$answer" '^end 550 5\.7\.1 ' "a class that is not early: refused at the end of the message"
id=$(reference "$answer")
wait_for 5 "grep -q '$id' '$E/state/refusals.jsonl'"
is "$(explain -j "$id" | jq -r '.where.phase')" MESSAGE "whose reference is known as well"
gate_set 'mode = observe' 'early = reputation'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
like "$(mail "$E/mail/plain" "${outside[@]}" -e mx.example.com)" '^end 250 ' "observing: everything is served"

# --- the file stays within its bounds, and mail does not wait for it --------------------------
is "$(stat -c %a "$E/state/refusals.jsonl")" 600 "nobody else reads it"
gate_set 'mode = enforce'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
rm -f "$E/state/refusals.jsonl"; mkdir "$E/state/refusals.jsonl"
gate_stop; gate_run
like "$(mail "$E/mail/plain" "${outside[@]}" -e mx.example.com)" '^mail 550 ' "without a file the answer is the same"
if log_wait 'journal .*refusals.jsonl.*error='; then ok "and the log says that it cannot be written"
else not_ok "and the log says that it cannot be written"; fi
done_testing

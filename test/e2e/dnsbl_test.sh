#!/bin/bash
# DNS lists through real Postfix: a listed client, a listed domain, a list that refuses, a name server
# that dies and comes back, tables with errors.
# covers: lib/check/dnsbl.c lib/net/dns.c ctl/verb_status.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "mail through Postfix" "needs root and Postfix"
	done_testing; exit
fi
cat >"$E/lists.conf" <<-CONF
list = ip.test
kind = ip
enabled = yes
code = 127.0.0.2 reputation 12.0 BAD
blocked = 127.255.255.*
list = dom.test
kind = domain
enabled = yes
uses = mail_from from
code = 127.0.1.2 reputation 12.0 SPAM
CONF
zone_start '2.0.0.127.ip.test A 127.0.0.2' 'test.dom.test A 127.0.1.2' '7.2.0.192.ip.test A 127.0.0.2' \
    '9.2.0.192.ip.test A 127.255.255.254' 'bad.example.dom.test A 127.0.1.2'
sink_start
gate_start "${DNS_LINES[@]}" "dnsbl.files = $E/lists.conf" 'dnsbl.block_ms = 2s' 'dns.phase_ms = 1s' \
    'checks_disabled = spf, ptr' 'on.reputation = reject' 'early = reputation' ||
    { not_ok "start"; done_testing; exit 1; }
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' || { not_ok "Postfix starts"; done_testing; exit 1; }
message 'Hello.' >"$E/mail/plain"

from() { printf 'ADDR=192.0.2.%s NAME=mail.sender.example' "$1"; }
status() { ctl status -j -c "$E/sekimori.conf"; }
list_state() { status | jq -r --arg l "$1" '.dns_lists[] | select(.list == $l) | .state'; }

# --- what lists say ------------------------------------------------------------------------
wait_for 5 '[ "$(list_state ip.test)" = ok ]'
is "$(list_state ip.test)" ok "a list passes its test at the start"
answer=$(mail "$E/mail/plain" -X "$(from 7)")
like "$answer" '^mail 550 5\.7\.1 ' "a listed client is refused at MAIL"
id=$(sed -n 's/.*reference \([A-Za-z0-9_-]*\).*/\1/p' <<<"$answer")
wait_for 5 "grep -q '$id' '$E/state/refusals.jsonl'"
like "$(ctl explain -c "$E/sekimori.conf" "$id")" 'DNSBL_CLIENT reputation 12\.0: list=ip\.test label=BAD code=127\.0\.0\.2 client=192\.0\.2\.7' "explain says which list and why"
like "$(mail "$E/mail/plain" -X "$(from 8)")" '^end 250 ' "another client is served"
like "$(mail "$E/mail/plain" -X "$(from 8)" -f joe@bad.example)" '^mail 550 5\.7\.1 ' "a listed domain in MAIL FROM is not"
sed 's/sender@example\.org/sender@bad.example/' "$E/mail/plain" >"$E/mail/author"
like "$(mail "$E/mail/author" -X "$(from 8)")" '^end 550 5\.7\.1 ' "nor one in From, which is known at the end of the message"

# --- a list that refuses to answer -----------------------------------------------------------
like "$(mail "$E/mail/plain" -X "$(from 9)")" '^end 250 ' "blocked is not listed"
is "$(list_state ip.test)" blocked "the list is left alone"
like "$(mail "$E/mail/plain" -X "$(from 7)")" '^end 250 ' "and nobody is refused by it"
like "$(ctl status -c "$E/sekimori.conf")" 'ip\.test: blocked, again in [0-9]+ s' "status says so"
if log_wait 'dnsbl list=ip\.test state=blocked'; then ok "the log, too"; else not_ok "the log, too"; fi
wait_for 4 '[ "$(status | jq "[.dns_lists[] | select(.again_ms > 0)] | length")" = 0 ]'
like "$(mail "$E/mail/plain" -X "$(from 7)")" '^mail 550 ' "then it is asked again"

# --- a name server that dies ------------------------------------------------------------------
kill -USR1 "$ZONE_PID"
before=$(date +%s%N)
like "$(mail "$E/mail/plain" -X "$(from 20)")" '^end 250 ' "without answers mail is served"
took=$((($(date +%s%N) - before) / 1000000))
if [ "$took" -lt 6000 ]; then ok "after at most a deadline for each phase ($took ms)"; else not_ok "after at most a deadline for each phase" "$took ms"; fi
kill -USR2 "$ZONE_PID"
like "$(mail "$E/mail/plain" -X "$(from 7)")" '^mail 550 ' "what was known is known again"

# --- a sender group may ask for a list ----------------------------------------------------------
printf 'LISTED BLOCKED list=ip.test\nALL ACCEPTED\n' >"$E/groups"
gate_set "sender_groups = $E/groups" 'scores = DNSBL_CLIENT=0' 'early = reputation, blocked'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
like "$(mail "$E/mail/plain" -X "$(from 7)")" '^mail 554 5\.7\.1 Your access' "BLOCKED list=ip.test: who is on it is refused"
like "$(mail "$E/mail/plain" -X "$(from 8)")" '^end 250 ' "who is not is served"
printf 'NEVER BLOCKED list=ip.tset\n' >"$E/groups.bad"
gate_set "sender_groups = $E/groups.bad"
like "$(ctl configtest -c "$E/sekimori.conf" 2>&1)" "groups.bad:1: list: 'ip.tset' is no DNS list in use" "a group that could never match is an error"
gate_set "sender_groups = $E/groups"
gate_set 'scores = DNSBL_CLIENT=12'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1

# --- tables with errors -----------------------------------------------------------------------
sed -i 's/^code = 127.0.1.2 reputation/code = 127.0.1.2 reputatoin/; s/^kind = ip$/kind = ipp/' "$E/lists.conf"
gate_set 'dnsbl.enable = dom.tset'
errors=$(ctl configtest -c "$E/sekimori.conf" 2>&1); is $? 78 "configtest: 78"
is "$(grep -c 'lists.conf:[0-9]*: ' <<<"$errors")" 4 "every error with its line"
like "$errors" "unknown list 'dom.tset'; did you mean 'dom.test'\?" "and those of the options"
ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; is $? 78 "reload refuses them"
like "$(mail "$E/mail/plain" -X "$(from 7)")" '^mail 5' "the lists from before serve on"
done_testing

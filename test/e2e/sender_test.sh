#!/bin/bash
# Proof of the sender, asked of a DNS server of our own: what a client that SPF refuses is told, by
# the milter protocol for clients of any address and by real Postfix.
# covers: lib/check/check_spf.c milter/reply.c
. "$(dirname "$0")/lib.sh"

e2e_begin
zone_start \
    'bank.example TXT "v=spf1 ip4:192.0.2.0/24 -all exp=why.bank.example"' \
    'why.bank.example TXT "%{i} is not one of %{d}, 100%% sure"' \
    'nomail.example TXT "v=spf1 -all"' \
    'dead.example !servfail' \
    'slow.example !timeout' \
    '1.2.0.192.in-addr.arpa PTR mail.bank.example' \
    'mail.bank.example A 192.0.2.1' \
    '2.2.0.192.in-addr.arpa PTR liar.bank.example'
gate_start 'on.auth = reject' 'threshold.auth = 3.0' 'early = auth' 'check.spf.skip_networks = 198.51.100.0/24' \
    'check.spf.explain = yes' 'dns.phase_ms = 2s' "${DNS_LINES[@]}" || { not_ok "start"; done_testing; exit 1; }

# from ADDR SENDER [NAME]: the answer to MAIL.
from() { printf 'connect %s %s 25\nhelo mail.bank.example\nmail <%s>\nquit\n' "${3:-[$1]}" "$1" "$2" | talk 2>&1 | grep '^mail'; }

like "$(from 192.0.2.1 alice@bank.example)" '^mail: continue' "a client that the domain allows"
like "$(from 203.0.113.1 alice@bank.example)" \
    "550 5\.7\.23 SPF: the sender's domain does not allow this server to send for it, reference [^ ;]+; bank\.example explains: 203\.0\.113\.1 is not one of bank\.example, 100%+ sure" \
    "one that it does not allow, in the domain's own words"
like "$(from 192.0.2.1 alice@nomail.example)" "550 5\.7\.23 SPF: the sender's domain says that it never sends mail, reference [^ ;]+\$" \
    "a domain that never sends"
like "$(from 198.51.100.7 alice@nomail.example)" '^mail: continue' "a network that is not judged"
like "$(from 192.0.2.1 alice@dead.example)" '^mail: continue' "a server in trouble is no proof of anything"
begin=$(date +%s%N)
like "$(from 192.0.2.1 alice@slow.example)" '^mail: continue' "nor is one that is silent"
took=$((($(date +%s%N) - begin) / 1000000))
[ "$took" -lt 4500 ] && ok "which costs its deadline once ($took ms)" || not_ok "which costs its deadline once ($took ms)"
like "$(cat "$E/gate.log")" 'refused phase=MAIL action=reject verdict=auth because="SPF_FAIL 3.0 ip=203.0.113.1 domain=bank.example -all"' \
    "the log says why"
gate_stop

if have_postfix; then
	sink_start
	gate_set 'check.spf.skip_networks ='
	gate_run || not_ok "restart"
	postfix_start || not_ok "Postfix starts"
	message 'Hello.' >"$E/mail.eml"
	like "$(mail "$E/mail.eml" -f alice@nomail.example)" "^mail 550 5\.7\.23 |^rcpt 550 5\.7\.23 " "through Postfix: refused before the message"
	like "$(mail "$E/mail.eml" -f alice@none.example)" '^end 250 ' "and delivered where there is no record"
else
	skip "through Postfix" "needs root and Postfix"
fi
done_testing

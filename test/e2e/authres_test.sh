#!/bin/bash
# Who a sender proves to be, through real Postfix: DMARC refuses, results are written once, forged ones go.
# covers: lib/gate/resfields.c lib/gate/dmarc_rows.c lib/check/check_dmarc.c milter/answer.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "mail through Postfix" "needs root and Postfix"
	done_testing; exit
fi
zone_start '_dmarc.reject.test TXT "v=DMARC1; p=reject; rua=mailto:reports@reject.test"' \
    '_dmarc.quarantine.test TXT "v=DMARC1; p=quarantine"' '_dmarc.none.test TXT "v=DMARC1; p=none"' \
    'reject.test TXT "v=spf1 ip4:192.0.2.1 -all"' 'silent.test TXT "v=spf1 +all"' '_dmarc.silent.test !servfail' \
    'dead._domainkey.reject.test !servfail' 'other.test TXT "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all"'
sink_start
gate_start "${DNS_LINES[@]}" 'dns.message_ms = 2s' 'dns.phase_ms = 2s' 'auth.results = yes' \
    'auth.trusted_ids = up.example.net' 'auth.trusted_networks = 198.51.100.0/24' 'trusted_relays = 198.51.100.0/24' 'checks_disabled = ptr, helo' \
    'check.dmarc.mailing_lists = other.test' || { not_ok "start"; done_testing; exit 1; }
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' || { not_ok "Postfix starts"; done_testing; exit 1; }

# letter DOMAIN HEADER...: a message of an author there; fields stand at its top.
letter() {
	local author=$1 h; shift
	for h in "$@"; do printf '%s\r\n' "$h"; done
	printf 'From: Author <author@%s>\r\nTo: <rcpt@example.com>\r\nSubject: test\r\nMessage-ID: <%s@example.org>\r\nDate: Mon, 02 Jan 2023 10:00:00 +0000\r\n\r\nHello.\r\n' \
	    "$author" "$RANDOM.$RANDOM"
}
# from ADDRESS SENDER: send $E/mail/m as that client.
from() {
	local said
	sink_clear
	said=$(mail "$E/mail/m" -X "ADDR=$1 NAME=mail.example.org" -f "$2")
	[[ $said != *"end 250"* ]] || sink_wait 1	# or it arrives among those of the next case
	echo "$said"
}
# The fields of that name that arrived, each on one line.
arrived() { sink_wait 1 || return; tr -d '\r' <"$(sink_last)" | awk 'h == "" && $0 == "" { exit } /^[ \t]/ { sub(/^[ \t]+/, " "); l = l $0; next } { if (l) print l; l = $0 } END { print l }' |
    grep -i '^authentication-results'; }

# --- the policy of the author's domain --------------------------------------------------------
letter reject.test >"$E/mail/m"
like "$(from 192.0.2.9 a@reject.test)" '^end 550 5.7.1 DMARC: .*asks to reject it' "p=reject that fails is refused"
like "$(from 192.0.2.1 a@reject.test)" '^end 250 ' "the same from a server of the domain is accepted"
is "$(arrived)" "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=reject.test; spf=none smtp.helo=client.example.org; dkim=none; dmarc=pass header.from=reject.test policy.dmarc=reject; arc=none" \
    "the results are written"
like "$(head -n 1 "$(sink_last)")" '^Authentication-Results: mx.example.com;' "at the top"
letter quarantine.test >"$E/mail/m"
like "$(from 192.0.2.9 a@other.test)" '^end 250 ' "a list that is believed: accepted"
like "$(arrived)" 'dmarc=fail header.from=quarantine.test policy.dmarc=none' "its policy is not applied"
held=$(held_count)
like "$(from 203.0.113.1 a@quarantine.test)" '^end 250 ' "p=quarantine that fails is accepted"
is "$(held_count)" $((held + 1)) "and held"
letter none.test >"$E/mail/m"
like "$(from 192.0.2.9 a@none.test)" '^end 250 ' "p=none that fails is accepted"
like "$(arrived)" 'dmarc=fail header.from=none.test policy.dmarc=none' "and its failure is written"

# --- forged fields ----------------------------------------------------------------------------
letter none.test 'Authentication-Results: mx.example.com; dmarc=pass' 'Received: from x by y; Mon, 02 Jan 2023 10:00:00 +0000' \
    'authentication-results: other.example; dmarc=pass header.from=a' 'Authentication-Results: (c) "MX.Example.COM." (d) 1; dmarc=pass' \
    'AUTHENTICATION-RESULTS: mx.example.com (; dmarc=pass' $'Authentication-Results:\r\n\tmx.example.com;\r\n\tdmarc=pass' \
    'ARC-Authentication-Results: i=1; mx.example.com; dmarc=pass' 'Authentication-Results : mx.example.com; dmarc=pass' >"$E/mail/m"
like "$(from 192.0.2.9 a@none.test)" '^end 250 ' "a message with forged results is accepted"
is "$(arrived | grep -c 'mx\.example\.com\|MX')" 1 "one field claims our name"
like "$(arrived | head -n 1)" '^Authentication-Results: mx.example.com; .*dmarc=fail' "which is ours"
is "$(arrived | grep -c 'other.example; dmarc=pass')" 1 "those of others stay"
is "$(grep -ci '^ARC-Authentication-Results: i=1; mx.example.com' "$(sink_last)")" 1 "and the ARC field"

# --- trusted ones ------------------------------------------------------------------------------
letter reject.test 'Received: from x by relay; Mon, 02 Jan 2023 10:00:00 +0000' 'Authentication-Results: up.example.net; spf=pass smtp.mailfrom=reject.test; dmarc=pass header.from=reject.test' >"$E/mail/m"
like "$(from 198.51.100.7 a@reject.test)" '^end 250 ' "a relay of ours says that DMARC passed"
like "$(arrived | grep mx.example.com)" 'dmarc=pass header.from=reject.test' "and it is believed"
like "$(from 192.0.2.9 a@reject.test)" '^end 550 5.7.1 DMARC' "a stranger who says it below a Received field is not"
letter reject.test 'Received: from c (c.example [203.0.113.66]) by relay; Mon, 02 Jan 2023 10:00:00 +0000' 'Authentication-Results: up.example.net; spf=pass smtp.mailfrom=reject.test' >"$E/mail/m"
like "$(from 198.51.100.7 a@reject.test)" '^end 250 ' "what a relay says of SPF stands in place of our own judgement of who is behind it"
letter reject.test 'Received: from c (c.example [203.0.113.66]) by relay; Mon, 02 Jan 2023 10:00:00 +0000' >"$E/mail/m"
like "$(from 198.51.100.7 a@reject.test)" '^end 550 5.7.1 DMARC' "where it says nothing, ours stands"
letter reject.test 'Authentication-Results: up.example.net; spf=pass smtp.mailfrom=reject.test; dmarc=pass header.from=reject.test' >"$E/mail/m"
like "$(from 192.0.2.9 a@reject.test)" '^end 550 5.7.1 DMARC' "nor is one who says it at the top"
letter none.test 'Authentication-Results: up.example.net; dmarc=pass header.from=none.test' >"$E/mail/m"
like "$(from 192.0.2.9 a@none.test)" '^end 250 ' "where nothing is refused for it"
is "$(arrived | grep -c up.example.net)" 0 "the forged field goes"
# A sender can name a key that no server can be asked for, or send from a domain whose DNS is silent.
letter reject.test "DKIM-Signature: v=1; a=rsa-sha256; d=reject.test; s=$(printf 'a%.0s' {1..63}).$(printf 'b%.0s' {1..63}).$(printf 'c%.0s' {1..63}).$(printf 'd%.0s' {1..40});"$'\r\n'" h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA" >"$E/mail/m"
like "$(from 192.0.2.9 a@silent.test)" '^end 550 5.7.1 DMARC' "p=reject holds whatever a sender makes DNS do"
letter reject.test "DKIM-Signature: v=1; a=rsa-sha256; d=reject.test; s=dead; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA" >"$E/mail/m"
like "$(from 192.0.2.9 a@silent.test)" '^end 450 4.7.5 DMARC' "a key of the domain that its DNS does not give now: deferred"

# --- several authors ----------------------------------------------------------------------------
letter 'reject.test>, <x@none.test' >"$E/mail/m"
like "$(from 203.0.113.2 a@none.test)" '^end 250 ' "two author domains: accepted"
like "$(arrived)" 'dmarc=permerror reason="several author domains"' "but DMARC is said to be impossible"
like "$(cat "$(sink_last)")" 'Subject: \[UNVERIFIED\] ' "and it is marked"

# --- rows for reports -----------------------------------------------------------------------------
gate_stop
rows=$(cat "$E"/state/dmarc/*.jsonl)
is "$(grep -c '' <<<"$rows")" "$(grep -c 'reject.test","p":"reject"' <<<"$rows")" "rows are kept only of the domain that wants reports"
like "$(head -n 1 <<<"$rows")" '"source_ip":"192.0.2.9","policy_evaluated":\{"disposition":"reject","dkim":"fail","spf":"fail"' "what was refused"
unlike "$rows" 'rcpt@|a@reject' "there is no mailbox in them"

# --- observe ----------------------------------------------------------------------------------------
gate_set 'preset = observe'; gate_run || { not_ok "start again"; done_testing; exit 1; }
letter reject.test 'Authentication-Results: mx.example.com; dmarc=pass' >"$E/mail/m"
like "$(from 192.0.2.9 a@reject.test)" '^end 250 ' "observe: accepted"
is "$(arrived)" 'Authentication-Results: mx.example.com; dmarc=pass' "and nothing changed"
gate_stop
gate_set 'auth.results_in_observe = yes'; gate_run || { not_ok "start again"; done_testing; exit 1; }
like "$(from 192.0.2.9 a@reject.test)" '^end 250 ' "observe with results: accepted"
like "$(arrived)" '^Authentication-Results: mx.example.com; .*dmarc=fail[^;]*; arc=none$' "with ours in place of the forged one"
gate_stop
done_testing

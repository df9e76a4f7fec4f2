#!/bin/bash
# A client that sends malware is refused for it, and what the operator says about it holds, through real
# Postfix.
# covers: lib/gate/learn.c lib/gate/reputation.c ctl/verb_reputation.c lib/check/check_history.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "mail through Postfix" "needs root and Postfix"
	done_testing; exit
fi
sink_start
gate_start 'checks_disabled =' 'check.link_new.warm_up_ms = 0' 'check.link_new.young_ms = 0' 'on.malware = reject' 'on.reputation = reject' 'early = reputation, blocked, flow, recipient' ||
    { not_ok "start"; done_testing; exit 1; }
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' || { not_ok "Postfix starts"; done_testing; exit 1; }
message 'Hello.' >"$E/mail/plain"
message 'sekimori-e2e-malware' >"$E/mail/bad"

client() { mail "$2" -X "ADDR=$1 NAME=[UNAVAILABLE]" -e "mail.client.example"; }
rep() { ctl reputation "$@" -c "$E/sekimori.conf" 2>&1; }
field() { rep show -j "$1" | jq -r "$2"; }

# --- learning --------------------------------------------------------------------------------
like "$(rep show 192.0.2.7)" '^192\.0\.2\.7: unknown, less was seen' "a client nobody knows"
like "$(client 192.0.2.7 "$E/mail/plain")" '^end 250 ' "it is served"
wait_for 5 "[ \"\$($BUILD/sekimorictl reputation show -j 192.0.2.7 -c $E/sekimori.conf | jq '.keys[0].good')\" = 1 ]"
is "$(field 192.0.2.7 '[.keys[] | .kind + " " + .name + " " + (.good | floor | tostring)] | join(",")')" \
    'ip 192.0.2.7 1,net 192.0.2.0/24 1' "clean mail counts for its address and network"
is "$(field mail.client.example '[.keys[] | select(.good > 0) | .kind] | join(",")')" unverified "and under a name that nothing proved"
for i in 1 2 3 4 5; do
	answer=$(client 192.0.2.7 "$E/mail/bad")
	like "$answer" '^end 550 ' "malware $i is refused at the end"
done
wait_for 5 "[ \"\$($BUILD/sekimorictl reputation show -j 192.0.2.7 -c $E/sekimori.conf | jq -r .band)\" = bad ]"
is "$(field 192.0.2.7 .band)" bad "then its band is bad"
answer=$(client 192.0.2.7 "$E/mail/plain")
like "$answer" '^mail 55[04] 5\.7\.1 ' "and it is refused at MAIL"
like "$(tail -n 20 "$E/gate.log" | grep ' refused phase=MAIL' | tail -n 1)" 'client=192\.0\.2\.7' "as the log says"
before=$(field 192.0.2.7 '.keys[0].bad')
client 192.0.2.7 "$E/mail/plain" >/dev/null
is "$(field 192.0.2.7 '.keys[0].bad')" "$before" "a refusal for that teaches nothing"
like "$(ctl trace -c "$E/sekimori.conf" --ip 192.0.2.7 --helo x.example --from a@b.example)" 'HISTORY_BAD' "trace shows why"
is "$(field 192.0.2.8 .band)" suspect "its neighbour is suspect"
like "$(client 192.0.2.8 "$E/mail/plain")" '^end 250 ' "but served"
is "$(field 198.51.100.1 .band)" unknown "others are not touched"
scan=$(ctl scan -j -c "$E/sekimori.conf" --ip 203.0.113.5 --from a@b.example --rcpt b@example.com "$E/mail/bad")
is "$(jq -r .verdict <<<"$scan")" malware "what the operator scans is judged"
is "$(field 203.0.113.5 '.keys[0].bad | floor')" 0 "and teaches nothing"

# --- links to where nobody was before ---------------------------------------------------------
new_host() { # URL: what is said of a message with a link to it
	message "See $1" >"$E/mail/link"
	ctl scan -j -c "$E/sekimori.conf" --ip 203.0.113.5 --from a@b.example --rcpt b@example.com "$E/mail/link" |
	    jq -r '[.findings[] | select(.name == "LINK_NEW_HOST") | .evidence, (.score | tostring)] | join(" ")'
}
is "$(new_host https://www.one.example/a)" "" "nothing was seen yet: no host is new"
message 'See https://www.one.example/a' >"$E/mail/link"
like "$(client 198.51.100.9 "$E/mail/link")" '^end 250 ' "a clean message with a link"
wait_for 5 "[ \"\$($BUILD/sekimorictl reputation show -j 198.51.100.9 -c $E/sekimori.conf | jq '.keys[0].good')\" = 1 ]"
is "$(new_host https://other.one.example/b)" "" "its domain is known"
is "$(new_host https://two.example/)" "two.example never seen others=0 0.5" "another is new"
message 'sekimori-e2e-malware, see https://two.example/' >"$E/mail/link"
like "$(client 198.51.100.10 "$E/mail/link")" '^end 550 ' "a message that is bad"
is "$(new_host https://two.example/)" "two.example never seen others=0 0.5" "teaches nothing, nor does what was asked"

# --- the operator ----------------------------------------------------------------------------
like "$(rep show 192.0.2.7)" 'ip +192\.0\.2\.7 +-[0-9.]+ +bad ' "shown for people"
like "$(rep list ip)" 'KIND.*192\.0\.2\.7.*192\.0\.2\.8' "listed, the worst first"
is "$(rep list -j --max 1 ip | jq -r .name)" 192.0.2.7 "as many as wanted, as JSON"
like "$(rep forget 192.0.2.7)" 'forgotten: history of ip 192\.0\.2\.7' "forgotten"
like "$(client 192.0.2.7 "$E/mail/plain")" '^end 250 ' "and served again"
is "$(rep forget 198.51.100.77 | head -n 1)" 'nothing was known' "nothing to forget"
like "$(rep set 192.0.2.0/25 -9.5)" '^-9\.5 for net 192\.0\.2\.0/25, until it is forgotten' "set for a network"
like "$(client 192.0.2.7 "$E/mail/plain")" '^mail 55[04] ' "refused"
like "$(client 192.0.2.200 "$E/mail/plain")" '^end 250 ' "not in the other half"
like "$(rep set 192.0.2.7 8 --for 2d)" '^8\.0 for ip 192\.0\.2\.7, until 20' "an address of it, for two days"
like "$(client 192.0.2.7 "$E/mail/plain")" '^end 250 ' "what is nearer holds"
is "$(field 192.0.2.7 '.why + " " + .band')" 'set by the operator good' "shown as such"
is "$(rep list -j set | jq -rs '[.[] | .name] | sort | join(" ")')" '192.0.2.0/25 192.0.2.7' "both are listed"

# --- over a restart --------------------------------------------------------------------------
gate_stop; gate_run || not_ok "it starts again"
is "$(field 192.0.2.7 .band)" good "what was set is kept over a restart"
is "$(field 192.0.2.8 '.keys[0].good | floor')" 1 "so is what was seen"
like "$(rep forget 192.0.2.7 192.0.2.0/25)" 'forgotten: what was set of net 192\.0\.2\.0/25' "and taken back"
is "$(field 192.0.2.7 .band)" unknown "then nothing is known"
is "$(stat -c %a "$E/state/reputation")" 600 "nobody else reads it"

# --- wrong words -----------------------------------------------------------------------------
rep show 192.0.2.300 >/dev/null; is $? 65 "no address: EX_DATAERR"
like "$(rep show 192.0.2.300)" 'is no address, network' "and what is wrong"
rep set 192.0.2.1 11 >/dev/null; is $? 65 "a score out of range"
rep set 192.0.2.1 much >/dev/null; is $? 64 "a score that is no number"
rep set 192.0.2.1 5 --for ever >/dev/null; is $? 64 "a time that is none"
rep forget >/dev/null; is $? 64 "no name"
rep lose 192.0.2.1 >/dev/null; is $? 64 "another verb"
rep list everything >/dev/null; is $? 64 "another kind"
gate_stop
rep show 192.0.2.1 >/dev/null; is $? 69 "nobody to ask: EX_UNAVAILABLE"
done_testing

#!/bin/bash
# Feeds through real Postfix: a client that a feed names is refused at MAIL; feeds change while all
# run; what serves them is slow, broken, hostile or gone.
# covers: lib/jobs/jobs.c lib/jobs/job_feeds.c milter/clerk.c milter/jobs.c lib/check/feed_find.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "mail through Postfix" "needs root and Postfix"
	done_testing; exit
fi
sink_start
list=$E/block.list
echo '192.0.2.0/24 # a test network' >"$list"
cat >"$E/feeds.conf" <<CONF
feed = own-block
kind = ip
source = $list
class = blocked
score = 10.0

feed = own-links
kind = domain
source = $E/links.list
class = phishing
score = 3.0
CONF
echo 'bad.example' >"$E/links.list"
gate_start "feeds.file = $E/feeds.conf" 'feeds.interval_ms = 500ms' 'early = blocked, reputation' 'on.reputation = reject' 'http.allow_private = yes' ||
    { not_ok "start"; done_testing; exit 1; }
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' || { not_ok "Postfix starts"; done_testing; exit 1; }
message 'Hello.' >"$E/mail/plain"
from() { local name=$1; shift; mail "$E/mail/plain" -X "ADDR=$name NAME=mail.sender.example" "$@"; }
table() { wait_for 15 "grep -c 'indicators entries=$1 feeds=$2' '$E/gate.log' | grep -qv '^0'"; }

# --- a list of the operator's own ------------------------------------------------------------
table 2 2 && ok "the table reaches the gate" || not_ok "the table reaches the gate"
answer=$(from 192.0.2.7)
like "$answer" '^mail 550 5\.7\.1 .*block list' "a client in the feed is refused at MAIL"
like "$(grep ' refused phase=' "$E/gate.log" | tail -n 1)" 'FEED_IP.*feed=own-block entry=192\.0\.2\.0/24|FEED_IP' "the log says by which finding"
id=$(sed -n 's/.*reference \([A-Za-z0-9_-]*\).*/\1/p' <<<"$answer")
wait_for 5 "grep -q '$id' '$E/state/refusals.jsonl'"
like "$(ctl explain -c "$E/sekimori.conf" "$id" 2>&1)" 'FEED_IP blocked 10\.0: feed=own-block entry=192\.0\.2\.0/24' "and explain, which feed and entry"
like "$(from 198.51.100.7)" '^end 250 ' "another client is served"

# --- a link to what a feed calls phishing, in a message that is not bad enough to be held -------------
message 'Pay at https://www.bad.example/pay or https://fine.example/ today.' >"$E/mail/link"
sink_clear
like "$(mail "$E/mail/link" -X 'ADDR=198.51.100.7 NAME=mail.sender.example')" '^end 250 ' "a message with a link to it"
sink_wait 1
unlike "$(cat "$(sink_last)")" 'https://www\.bad\.example' "is delivered without that link"
like "$(cat "$(sink_last)")" 'https://fine\.example/' "the other one stays"
like "$(grep ' verdict ' "$E/gate.log" | tail -n 1)" 'FEED_LINK' "the log has the finding"

# --- it changes while all run ------------------------------------------------------------------
echo '198.51.100.7' >"$list.new" && mv "$list.new" "$list"
wait_for 15 "grep -c 'indicators entries=2 feeds=2' '$E/gate.log' | grep -q '^2'"
like "$(from 198.51.100.7)" '^mail 550 ' "what was added is refused"
like "$(from 192.0.2.7)" '^end 250 ' "what was taken out is served"
like "$(ctl status -c "$E/sekimori.conf" 2>&1)" 'feed own-block.*entries 1' "status shows the feed"
ctl status -j -c "$E/sekimori.conf" >"$E/status.json"
is "$(jq -c '[(.jobs[] | select(.job == "feeds") | .job, .failures), .feeds[0].feed, .feeds[0].entries, .feeds[0].stale, .indicators.entries]' "$E/status.json")" \
    '["feeds",0,"own-block",1,false,2]' "so does its JSON"
is "$(jq '.indicators.hits > 0 and .recipients.answers.off > 0' "$E/status.json")" true "with what was looked up"
jobs=$(pgrep -P "$GATE_PID" -f -- '--jobs')
kill -9 "$jobs"
if log_wait 'jobs error=died'; then ok "the jobs process is killed"; else not_ok "the jobs process is killed"; fi
like "$(from 198.51.100.7)" '^mail 550 ' "mail goes on by the table"
if wait_for 15 "[ \$(grep -c 'jobs state=serving' '$E/gate.log') -ge 2 ]"; then ok "and another one comes"; else not_ok "and another one comes"; fi
done_testing

#!/bin/bash
# Recipients through Postfix: who is unknown is refused, the others get their mail; tables change under
# load; who guesses too often is stopped.
. "$(dirname "$0")/lib.sh"

e2e_begin
seq -f 'user%g@example.com x' 50 >"$E/people"
echo 'bob@example.com x' >>"$E/people"
# 192.0.2.1 is nobody here: the harvest talks to the milter, as no client from outside can come.
gate_start 'recipients.domains = example.com, .sub.example.com' "recipients.maps = texthash:$E/people" \
    'recipients.poll_ms = 50ms' 'recipients.harvest_max = 3' || { not_ok "start"; done_testing; exit 1; }

HELLO='connect mx.example.org 192.0.2.1 4711\nhelo mx.example.org\nmacro M i=Q1\nmail <a@example.org>\n'
say() { printf "$1" | talk 2>&1; }
for i in 1 2 3 4; do asked=$(ctl trace -c "$E/sekimori.conf" --ip 192.0.2.1 --from a@example.org --rcpt "t$i@example.com" 2>&1); done
like "$asked" 'RCPT_UNKNOWN' "a trace tells that nobody is there, four times, and is held against nobody"
out=$(say "$HELLO"'rcpt <n1@example.com>\nrcpt <bob@example.com>\nrcpt <bob+news@example.com>\nrcpt <a@elsewhere.example>\nrcpt <postmaster@a.sub.example.com>\nrcpt <n2@example.com>\nrcpt <n3@example.com>\nrcpt <bob@example.com>\n')
is "$(grep -c 'rcpt: reply 550 5\.1\.1 No such recipient' <<<"$out")" 3 "unknown recipients are refused"
is "$(grep -c 'rcpt: continue' <<<"$out")" 3 "known ones, extensions and postmaster are not"
like "$out" '550 5\.7\.1 Mail for this domain is not accepted here' "the world is not relayed to"
like "$out" '550 5\.7\.1 Too many unknown recipients' "a client that guesses learns nothing more, not even of bob"
like "$(say "${HELLO/192.0.2.1/192.0.2.2}"'rcpt <bob@example.com>\n')" 'rcpt: continue' "its neighbour does"
like "$(say "${HELLO/macro M i=Q1/macro M i=Q1 \{auth_authen\}=alice}"'rcpt <bob@example.com>\nrcpt <a@elsewhere.example>\n')" 'continue.*rcpt: continue.*rcpt: continue' "our own users neither, and may send to the world"
like "$(grep refused "$E/gate.log")" 'because=.*HARVESTING' "the log says why"

gate_set 'recipients.harvest_action = defer'
kill -HUP "$GATE_PID"; log_wait 'reload' 20; sleep 1
like "$(say "$HELLO"'rcpt <bob@example.com>\n')" 'reply 421 4\.7\.1 Too many unknown recipients' "or has to come again"

sink_start
if postfix_start; then
	message hello >"$E/mail/hello.eml"
	out=$(send -v -r nobody@example.com -r bob@example.com "$SMTP_PORT" "$E/mail/hello.eml" 2>&1)
	like "$out" '550 5\.1\.1' "Postfix passes the refusal on"
	sink_wait 1 || true
	is "$(cat "$E"/sink/*.env | grep -c '^RCPT')" 1 "and the other recipient has the mail"
	like "$(cat "$E"/sink/*.env)" 'RCPT TO:<bob@example.com>' "it is bob"

	gate_set 'early = blocked'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
	like "$(send -r nobody@example.com -r bob@example.com "$SMTP_PORT" "$E/mail/hello.eml" 2>&1)" ' end 250 ' "answered at the end, one that is unknown is no reason against the other"
	like "$(send -r nobody@example.com "$SMTP_PORT" "$E/mail/hello.eml" 2>&1)" ' end 550 5\.1\.1 ' "one that is alone is refused there"
	gate_set 'early = blocked, recipient, flow, reputation'; sink_wait 2; sink_clear

	# Another table every now and then, some of them broken, while mail comes.
	( for i in $(seq 20); do
		if [ $((i % 4)) = 0 ]; then echo 'no value' | tr ' ' _ >"$E/next"; else cp "$E/people" "$E/next"; echo "new$i@example.com x" >>"$E/next"; fi
		mv "$E/next" "$E/people.tmp"; cp "$E/people.tmp" "$E/p2"; mv "$E/p2" "$E/live"; sleep 0.05
	done ) & CHANGER=$!
	cp "$E/people" "$E/live"
	gate_set "recipients.maps = texthash:$E/live" "recipients.harvest_max = 0"
	ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
	refused=0 wrong=0
	for i in $(seq 40); do
		out=$(send -v -r "user$i@example.com" -r "none$i@example.com" "$SMTP_PORT" "$E/mail/hello.eml" 2>&1)
		case $out in *550\ 5.1.1*) refused=$((refused + 1)) ;; *) wrong=$((wrong + 1)) ;; esac
	done
	wait "$CHANGER"
	is "$refused/$wrong" 40/0 "each unknown recipient is refused while tables change"
	sink_wait 40 || true
	is "$(sink_count)" 40 "each known one has its mail"
	log_wait 'kept_the_old_tables' 5 && ok "a broken table is named in the log" || not_ok "a broken table is named in the log"
	cp "$E/people" "$E/p2"; echo 'last@example.com x' >>"$E/p2"; mv "$E/p2" "$E/live"
	wait_for 10 "printf '${HELLO//192.0.2.1/192.0.2.9}rcpt <last@example.com>\n' | '$TOOL/milter_talk' -t 20 '$SOCKET' 2>&1 | grep -q 'rcpt: continue'" &&
	    ok "the last table serves" || not_ok "the last table serves"
else
	[ -n "$SKIPPED" ] && skip "through Postfix" "needs root and Postfix" || not_ok "Postfix starts"
fi
# What is wrong with tables is said before anything starts.
printf 'a b\nc\n' >"$E/broken"
gate_set "recipients.maps = texthash:$E/broken, file:$E/broken, cdb:$E/none"
out=$(ctl configtest -c "$E/sekimori.conf" 2>&1)
like "$out" 'broken:2: a key without value' "configtest: a line of a table"
like "$out" 'broken:1: one address a line' "and of another"
like "$out" 'none.cdb: no such file' "and a table that is not there"
done_testing

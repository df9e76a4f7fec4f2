#!/bin/bash
# Sender groups, flow policies and trusted relays through a real Postfix. Other clients than this machine
# are made with XCLIENT.
# covers: lib/gate/presence.c lib/gate/relay.c lib/policy/flow.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "sender groups through Postfix" "needs root and Postfix"
	done_testing; exit
fi
cat >"$E/groups" <<-'G'
	HERE    ACCEPTED   local=yes
	LOGIN   ACCEPTED   authenticated=yes
	BAD     BLOCKED    network=198.51.100.0/24
	SLOW    THROTTLED  network=203.0.113.0/24
	STRICT  TRUSTED    from=strict.example
	ALL     ACCEPTED
G
sink_start
gate_start "sender_groups = $E/groups" 'flow.throttled.connections_max = 2' 'flow.throttled.messages_max = 2' \
    'flow.throttled.recipients_max = 3' 'flow.throttled.recipients_per_hour = 6' 'flow.throttled.message_max = 10k' \
    'flow.accepted.sender_recipients_per_hour = 4' 'flow.trusted.require_auth = yes' \
    'flow.blocked.text = Ask postmaster@example.com' || { not_ok "start"; done_testing; exit 1; }
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$E/key" -out "$E/cert" -days 2 -subj /CN=mx.example.com >/dev/null 2>&1
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' 'smtpd_sasl_auth_enable = no' \
    "non_smtpd_milters = $SOCKET" "smtpd_tls_cert_file = $E/cert" "smtpd_tls_key_file = $E/key" 'smtpd_tls_security_level = may' ||
    { not_ok "Postfix starts"; done_testing; exit 1; }

# dial FD [ATTRIBUTES]: a connection as another client; say FD COMMAND: the reply's last line.
reply() { local l; while IFS= read -r -t 20 -u "$1" l; do l=${l%$'\r'}; [[ $l == ???-* ]] || break; done; R=$l; }
say() { printf '%s\r\n' "$2" >&"$1"; reply "$1"; }
dial() {
	eval "exec $1<>/dev/tcp/127.0.0.1/$SMTP_PORT"; reply "$1"
	say "$1" 'EHLO me.example'
	[ -z "${2:-}" ] || { say "$1" "XCLIENT $2"; say "$1" 'EHLO client.example'; }
}
hang_up() { eval "exec $1>&-"; }
# post FD FILE [FROM]: a message to one recipient; R is the answer at its end, or where it was refused.
post() {
	say "$1" "MAIL FROM:<${3:-a@sender.example}>"; [[ $R == 250* ]] || return
	say "$1" 'RCPT TO:<rcpt@example.com>'; [[ $R == 250* ]] || return
	say "$1" 'DATA'; [[ $R == 354* ]] || return
	cat "$2" >&"$1"; say "$1" '.'
}
message 'Hello.' >"$E/mail/small"
message "$(head -c 15000 /dev/zero | tr '\0' 'x' | fold -w 70 | sed 's/$/\r/')" >"$E/mail/large"

# --- BLOCKED -----------------------------------------------------------------------------------------
dial 3 'ADDR=198.51.100.7 NAME=x.example'
say 3 'MAIL FROM:<a@sender.example>'
like "$R" '^554 5\.7\.1 Your access to this mail system is blocked, reference .*Ask postmaster@example\.com' "BLOCKED: refused at MAIL, with the operator's words"
hang_up 3
log_wait 'refused phase=MAIL action=reject verdict=blocked because="?SENDER_BLOCKED.* client=198\.51\.100\.7 group=BAD'
like "$(cat "$E/gate.log")" 'client=198\.51\.100\.7 group=BAD' "and the log says which group"

printf 'Subject: mine\n\nHello.\n' | sendmail -C "$E/conf" -f a@sender.example -i rcpt@example.com
log_wait 'verdict action=accept .* client="" .* group=HERE' 10 && ok "mail written on this machine is local" || not_ok "mail written on this machine is local"

# --- limits of a connection and of a message ---------------------------------------------------------
for fd in 3 4 5; do dial $fd 'ADDR=203.0.113.1'; done
say 3 'MAIL FROM:<a@sender.example>'; like "$R" '^250' "the first connection of a client"
say 4 'MAIL FROM:<a@sender.example>'; like "$R" '^250' "the second"
say 5 'MAIL FROM:<a@sender.example>'; like "$R" '^421 4\.7\.0 Too many connections' "one more than connections_max"
dial 6 'ADDR=203.0.113.2'
say 6 'MAIL FROM:<a@sender.example>'; like "$R" '^250' "another client has its own"
for fd in 3 4 5 6; do hang_up $fd; done
wait_for 10 "[ \$(\"$BUILD/sekimorictl\" status -c '$E/sekimori.conf' --json 2>/dev/null | jq '.counts.sessions // 0') = 0 ]"
sleep 0.5
dial 3 'ADDR=203.0.113.1'
say 3 'MAIL FROM:<a@sender.example>'; like "$R" '^250' "when the others have gone there is room again"
hang_up 3

dial 3 'ADDR=203.0.113.3'
post 3 "$E/mail/small"; like "$R" '^250' "the first message of a connection"
post 3 "$E/mail/small"; like "$R" '^250' "the second"
post 3 "$E/mail/small"; like "$R" '^421 4\.7\.0 Too many messages' "one more than messages_max"
hang_up 3

dial 3 'ADDR=203.0.113.4'
say 3 'MAIL FROM:<a@sender.example>'
for i in 1 2 3; do say 3 "RCPT TO:<u$i@example.com>"; like "$R" '^250' "recipient $i"; done
say 3 'RCPT TO:<u4@example.com>'; like "$R" '^452 4\.5\.3 Too many recipients, ' "one more than recipients_max"
say 3 'DATA'; like "$R" '^354' "the message goes on to the others"
cat "$E/mail/small" >&3; say 3 '.'; like "$R" '^250' "and is accepted"
say 3 'MAIL FROM:<a@sender.example>'
for i in 4 5 6; do say 3 "RCPT TO:<u$i@example.com>"; like "$R" '^250' "recipient $i of the hour"; done
say 3 'RSET'; say 3 'MAIL FROM:<b@sender.example>'
say 3 'RCPT TO:<u7@example.com>'; like "$R" '^452 4\.5\.3 Too many recipients in this hour' "one more than recipients_per_hour"
hang_up 3
dial 3 'ADDR=203.0.113.5'
say 3 'MAIL FROM:<a@sender.example>'; say 3 'RCPT TO:<u7@example.com>'; like "$R" '^250' "another client has its own hour"
say 3 'RSET'
say 3 'MAIL FROM:<a@sender.example> SIZE=20000'; like "$R" '^552 5\.3\.4 Message is too large' "a declared size over message_max: at MAIL"
post 3 "$E/mail/large"; like "$R" '^552 5\.3\.4 Message is too large' "the size of what came: at the end"
hang_up 3

dial 3 'ADDR=192.0.2.50'
say 3 'MAIL FROM:<Rate@sender.example>'
for i in 1 2 3 4; do say 3 "RCPT TO:<u$i@example.com>"; done
like "$R" '^250' "4 recipients of a sender"
hang_up 3
dial 3 'ADDR=192.0.2.51'
say 3 'MAIL FROM:<rate@sender.example>'
say 3 "RCPT TO:<u5@example.com>"; like "$R" '^452 4\.5\.3 Too many recipients of this sender' "one more, from another address"
hang_up 3

# --- login and encryption ----------------------------------------------------------------------------
dial 3 'ADDR=192.0.2.60'
post 3 "$E/mail/small" a@strict.example; like "$R" '^530 5\.7\.0 Authentication required' "require_auth"
hang_up 3
is "$(ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; echo $?)" 0 "reload"
printf 'STRICT TRUSTED from=strict.example nonsense=1\n' >"$E/broken"
gate_set "sender_groups = $E/broken"
like "$(ctl configtest -c "$E/sekimori.conf" 2>&1)" "$E/broken:1: STRICT: 'nonsense' is no condition" "configtest names file and line"
like "$(ctl reload -c "$E/sekimori.conf" 2>&1)" "$E/broken:1: STRICT:" "so does reload"
dial 3 'ADDR=198.51.100.8'
say 3 'MAIL FROM:<a@sender.example>'; like "$R" '^554 5\.7\.1' "and the old groups serve on"
hang_up 3
gate_set "sender_groups = $E/groups" 'check_files_ms = 200ms' 'flow.trusted.require_auth = no' 'flow.trusted.require_tls = yes'
is "$(ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; echo $?)" 0 "reload with another policy"
dial 3 'ADDR=192.0.2.60'
post 3 "$E/mail/small" a@strict.example; like "$R" '^530 5\.7\.0 Must issue a STARTTLS command first' "require_tls"
hang_up 3
tls=$({ sleep 1; printf 'EHLO me.example\r\n'; sleep 0.3; printf 'MAIL FROM:<a@strict.example>\r\n'; sleep 1; printf 'QUIT\r\n'; sleep 0.3; } |
    openssl s_client -quiet -starttls smtp -connect "127.0.0.1:$SMTP_PORT" 2>/dev/null | tr -d '\r' | grep -E '^(250 2|530)')
like "$tls" '^250 2\.1\.0' "with TLS it may send"

# --- another file of groups is noticed ---------------------------------------------------------------
served() { grep -c 'reload result="new set serves"' "$E/gate.log"; }
before=$(served)
sed 's/^BAD .*/&,192.0.2.70/' "$E/groups" >"$E/groups.new"; mv "$E/groups.new" "$E/groups"
wait_for 10 "[ \$(grep -c 'reload result=\"new set serves\"' '$E/gate.log') -gt $before ]"
dial 3 'ADDR=192.0.2.70'
say 3 'MAIL FROM:<a@sender.example>'; like "$R" '^554 5\.7\.1 Your access' "a group that was changed serves without a reload"
hang_up 3
cp "$E/groups" "$E/groups.good"
echo 'MORE BLOCKED nonsense=1' >>"$E/groups"
log_wait "$E/groups:7: MORE: .nonsense. is no condition" 10 && ok "one with an error is named with its line" || not_ok "one with an error is named with its line"
dial 3 'ADDR=192.0.2.70'
say 3 'MAIL FROM:<a@sender.example>'; like "$R" '^554 5\.7\.1 Your access' "and the old one serves on"
hang_up 3; sleep 1
is "$(grep -c 'groups:7: MORE:' "$E/gate.log")" 1 "and it is not tried again as it is"
before=$(served); cp "$E/groups.good" "$E/groups"
wait_for 10 "[ \$(grep -c 'reload result=\"new set serves\"' '$E/gate.log') -gt $before ]" && ok "repaired it is taken" || not_ok "repaired it is taken"
gate_set 'check_files_ms = 30s'

# --- TRUSTED: what looks like spam does not count, malware does ------------------------------------------
gate_set 'flow.trusted.require_tls = no' 'on.spam = reject' 'on.malware = reject'
is "$(ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; echo $?)" 0 "reload for spam"
message 'sekimori-e2e-spam' >"$E/mail/spam"
message 'sekimori-e2e-malware' >"$E/mail/malware"
dial 3 'ADDR=192.0.2.61'
post 3 "$E/mail/spam"; like "$R" '^550' "spam of a stranger is refused"
post 3 "$E/mail/spam" a@strict.example; like "$R" '^250' "of a TRUSTED sender it is not"
post 3 "$E/mail/malware" a@strict.example; like "$R" '^550' "malware is"
hang_up 3

# --- trusted relays: this machine is one now -----------------------------------------------------------
gate_set 'trusted_relays = 127.0.0.0/8, 192.0.2.200'
is "$(ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; echo $?)" 0 "reload with trusted relays"
through() {	# NAME WANT RECEIVED...
	local h=("${@:3}")
	message 'Hello.' >"$E/mail/rest"
	{ printf 'Received: %s\r\n' "${h[@]}"; cat "$E/mail/rest"; } >"$E/mail/relayed"
	dial 3; post 3 "$E/mail/relayed"; hang_up 3
	like "$R" "$2" "$1"
}
bad='from bad.example (unknown [198.51.100.9]) by relay.ours (Postfix) with ESMTP id 1; Mon, 02 Jan 2023 10:00:00 +0000'
good='from good.example (unknown [192.0.2.77]) by relay.ours (Postfix) with ESMTP id 2; Mon, 02 Jan 2023 10:00:00 +0000'
inner='from relay.ours (relay.ours [192.0.2.200]) by relay2.ours (Postfix) with ESMTP id 3; Mon, 02 Jan 2023 10:00:00 +0000'
through "the client in front of the relay is judged, at the end" '^554 5\.7\.1 Your access' "$bad"
log_wait 'verdict action=reject .* client=198\.51\.100\.9 relay=127\.0\.0\.1 group=BAD'
like "$(grep -E 'relay=127' "$E/gate.log")" 'client=198\.51\.100\.9 relay=127\.0\.0\.1 group=BAD' "and named in the log"
through "past a second relay" '^554 5\.7\.1 Your access' "$inner" "$bad"
through "an honest client" '^250' "$good"
through "what stands below the first stranger does not count" '^250' "$good" "$bad"
through "a forged relay below neither" '^554' "$bad" "$inner" "$good"
slow='from slow.example (unknown [203.0.113.77]) by relay.ours (Postfix) with ESMTP id 5; Mon, 02 Jan 2023 10:00:00 +0000'
through "rates are the client's" '^250' "$slow"
for i in 2 3 4 5 6; do through "message $i of its hour" '^250' "$slow"; done
through "one more than recipients_per_hour, from the client behind the relay" '^452 4\.5\.3 Too many recipients in this hour' "$slow"
through "another client of the same relay has its own hour" '^250' "${slow/.77/.78}"
gate_set 'flow.accepted.require_tls = yes' 'flow.accepted.require_auth = yes' 'flow.accepted.sender_recipients_per_hour = 0'
is "$(ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; echo $?)" 0 "reload with require_tls and require_auth"
through "the client came to the relay without TLS and login" '^530 5\.7\.0 ' "$good"
through "with TLS alone" '^530 5\.7\.0 Authentication required' "${good/ESMTP/ESMTPS}"
through "with both" '^250' "${good/ESMTP/ESMTPSA}"
gate_set 'flow.accepted.require_tls = no' 'flow.accepted.require_auth = no'
is "$(ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1; echo $?)" 0 "reload without"
through "nobody is told: nobody is blocked" '^250' 'by relay.ours (Postfix, from userid 33) id 4; x' "$bad"
dial 3 'ADDR=198.51.100.7'
say 3 'MAIL FROM:<a@sender.example>'; like "$R" '^554' "who is no relay is judged at MAIL as before"
hang_up 3
done_testing

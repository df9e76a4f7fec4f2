#!/bin/bash
# covers: milter/copies.c lib/gate/edits.c
# One message for recipients of three policies through a real Postfix: each gets what its policy says, those for whom
# it is held get nothing, and a sender that comes again gives nobody the message twice.
set -u
. "$(dirname "$0")/lib.sh"

e2e_begin
sink_start
mkdir -p "$E/policies"
printf 'preset = recommended\non.content = quarantine\n' >"$E/policies/enforce.conf"
printf 'preset = recommended\non.content = strip, subject "[CUT] "\n' >"$E/policies/strip.conf"
printf '# those of the first floor\nlisted@example.com\n' >"$E/first_floor"
printf 'FIRST observe list=first_floor\nSEE observe domain=see.example.com\nHOLD enforce address=held@example.com,held2@example.com\nCUT strip domain=cut.example.com\n' >"$E/groups"
gate_start 'quarantine.where = store' 'on.content = tag, subject "[MAIN] "' "recipient_groups = $E/groups" \
    "release.server = 127.0.0.1:$SMTP_PORT" 'release.deadline = 10s' || { not_ok "start"; done_testing; exit 1; }
postfix_start ||
    { skip "parted mail through Postfix" "no Postfix, or not root"; done_testing; exit; }

q() { ctl quarantine "$@" -c "$E/sekimori.conf"; }
# got NAME: the message that this recipient has, in $GOT; how many it has.
got() {
	local n
	n=$(grep -l "<$1>" "$E"/sink/[0-9]*.env 2>/dev/null | wc -l)
	GOT=$(grep -l "<$1>" "$E"/sink/[0-9]*.env 2>/dev/null | tail -n 1); GOT=${GOT%.env}.eml
	echo "$n"
}
EVERYBODY=(-r main@example.com -r main2@example.com -r main3@example.com -r one@see.example.com -r two@cut.example.com
    -r held@example.com -r held2@example.com -r listed@example.com)
echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin >"$E/mail/m"

# --- the mail server does not take copies ---------------------------------------------------------
gate_stop; gate_set 'release.server = 127.0.0.1:1'; gate_run || not_ok "starts"
like "$(mail "$E/mail/m" -f a@example.org "${EVERYBODY[@]}")" '^end 4' "no way back to the mail server: 4xx"
is "$(sink_count) $(queue_count)" '0 0' "and nobody gets anything"
is "$(q list -j | wc -l)" 0 "nothing is held"
gate_stop; gate_set "release.server = 127.0.0.1:$SMTP_PORT"; gate_run || not_ok "starts"

# --- parted ----------------------------------------------------------------------------------------
like "$(mail "$E/mail/m" -f a@example.org "${EVERYBODY[@]}")" '^end 250 ' "three policies and the main one: accepted"
sink_wait 3
sleep 1
is "$(queue_count)" 0 "all is delivered"
for r in main main2 main3 listed one@see.example.com two@cut.example.com; do
	case $r in *@*) ;; *) r=$r@example.com ;; esac
	got "$r" >"$E/n"; is "$(cat "$E/n")" 1 "$r has it once"
done
for r in held held2; do is "$(got "$r@example.com")" 0 "$r has nothing"; done
got main@example.com >/dev/null
like "$(cat "$GOT")" 'Subject: \[MAIN\] ' "the main configuration tags it"
like "$(cat "$GOT")" 'bad.bin' "and leaves the part in"
got two@cut.example.com >/dev/null
like "$(cat "$GOT")" 'Subject: \[CUT\] ' "strip: tagged"
like "$(cat "$GOT")" 'The mail gateway removed this part' "strip: the part is out"
got one@see.example.com >/dev/null
without_added "$GOT" >"$E/seen"; same "$E/seen" "$E/mail/m" "observe: byte for byte"
cp "$GOT" "$E/one"; got listed@example.com >/dev/null; same "$E/one" "$GOT" "the list is read, and one copy serves both"
for f in "$E"/sink/[0-9]*.eml; do cat "$f"; done >"$E/all"
is "$(grep -cE 'held@|held2@|X-Sekimori-Pass' "$E/all")" 0 "no copy names who is held, or has a pass"
is "$(q list -j | jq -r .rcpt | sort | tr '\n' ' ')" 'held2@example.com held@example.com ' "held: in the quarantine"
id=$(q list -j | jq -r .id | head -n 1)
q export "$id" >"$E/got"; same "$E/got" "$E/mail/m" "as it came"
is "$(ctl explain -j -c "$E/sekimori.conf" "$id" | jq -r '.recipients[] | select(.address | test("^(main|one|two|held)@")) | .policy + ":" + .outcome' | sort | tr '\n' ' ')" \
    'default:tag enforce:quarantine observe:accept strip:accept ' "the ledger has an outcome for each"
is "$(grep -c ' verdict ' "$E/gate.log")" 2 "copies are not judged again"

# --- the sender comes again --------------------------------------------------------------------------
# Of two copies the mail server takes one, and the other one only later.
sink_clear
gate_stop; gate_set 'release.helo = copies.example'; gate_run || not_ok "starts"
cat >>"$E/conf/main.cf" <<-CF
	smtpd_restriction_classes = copies
	copies = check_recipient_access inline:{two@cut.example.com=DEFER}
	smtpd_recipient_restrictions = check_helo_access inline:{copies.example=copies}, permit_mynetworks, reject
CF
postfix -c "$E/conf" reload >/dev/null 2>&1; sleep 1
like "$(mail "$E/mail/m" -f b@example.org "${EVERYBODY[@]}")" '^end 4' "one copy cannot be given: 4xx"
sink_wait 1
is "$(got one@see.example.com) $(got two@cut.example.com) $(got main@example.com)" '1 0 0' "another one had been"
is "$(q list -j | jq -r .sender | grep -c b@example.org)" 0 "what was held of it is held no more"
sed -i '/^copies = /s/DEFER/DUNNO/' "$E/conf/main.cf"
postfix -c "$E/conf" reload >/dev/null 2>&1; sleep 1
like "$(mail "$E/mail/m" -f b@example.org "${EVERYBODY[@]}")" '^end 250 ' "it comes again: accepted"
sink_wait 3; sleep 1
is "$(for r in main@example.com one@see.example.com listed@example.com two@cut.example.com held@example.com; do got $r; done | tr '\n' ' ')" \
    '1 1 1 1 0 ' "nobody has it twice"
is "$(q list -j | jq -r 'select(.sender == "b@example.org") | .rcpt' | wc -l)" 2 "and it is held once for each"
sink_clear
like "$(mail "$E/mail/m" -f b@example.org "${EVERYBODY[@]}")" '^end 250 ' "sent once more on purpose: accepted"
sink_wait 3; is "$(got one@see.example.com)" 1 "that is another mail"
like "$(ctl scan -j -c "$E/sekimori.conf" --rcpt main@example.com --rcpt held@example.com "$E/mail/m" | jq -c '[.recipients[] | .fate]')" '\["stays","kept"\]' "scan shows each of them"
like "$(ctl scan -c "$E/sekimori.conf" --rcpt main@example.com --rcpt listed@example.com "$E/mail/m")" 'listed@example.com: observe: accept \(would .*, copied' "in words, too"

# --- a directory says who is in a group ----------------------------------------------------------------
if [ ! -x /usr/sbin/slapd ]; then
	skip "recipient groups of a directory" "no slapd"; done_testing; exit
fi
LDAP_PORT=$(free_port)
mkdir "$E/ldap"
cat >"$E/slapd.conf" <<-CF
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/nis.schema
	modulepath /usr/lib/ldap
	moduleload back_mdb
	pidfile $E/slapd.pid
	database mdb
	suffix "dc=example,dc=com"
	directory $E/ldap
	maxsize 10485760
CF
printf '%s\n' 'dn: dc=example,dc=com' 'objectClass: dcObject' 'objectClass: organization' 'o: x' 'dc: example' '' \
    'dn: cn=pilot,dc=example,dc=com' 'objectClass: posixGroup' 'cn: pilot' 'gidNumber: 1' 'memberUid: hanako' \
    'memberUid: two' '' >"$E/people.ldif"
printf 'server_host = ldap://127.0.0.1:%s\nsearch_base = dc=example,dc=com\nbind = no\nresult_attribute = cn\nquery_filter = (&(objectClass=posixGroup)(cn=pilot)(memberUid=%%u))\n' \
    "$LDAP_PORT" >"$E/pilot.cf"
directory_start() {
	/usr/sbin/slapd -d 0 -f "$E/slapd.conf" -h "ldap://127.0.0.1:$LDAP_PORT/" >/dev/null 2>&1 &
	LDAP_PID=$!
	for _ in $(seq 100); do (: </dev/tcp/127.0.0.1/"$LDAP_PORT") 2>/dev/null && return; sleep 0.05; done
	not_ok "slapd starts"
}
directory_stop() { kill "$LDAP_PID"; wait "$LDAP_PID" 2>/dev/null; }
/usr/sbin/slapadd -f "$E/slapd.conf" -l "$E/people.ldif" >/dev/null 2>&1 || not_ok "people of the directory"
directory_start
sink_clear
gate_stop
printf 'PILOT enforce ldap=pilot.cf domain=example.com\nREST observe\n' >"$E/groups"
gate_set 'recipients.positive_ms = 1s' 'recipients.negative_ms = 1s' 'recipients.retry_ms = 1s' 'recipients.deadline_ms = 2s'
gate_run || not_ok "starts with a directory"
like "$(mail "$E/mail/m" -f c@example.org -r hanako@example.com -r main@example.com -r two@cut.example.com)" '^end 250 ' "a member and others"
sink_wait 1; sleep 1
is "$(got hanako@example.com) $(got main@example.com) $(got two@cut.example.com)" '0 1 1' "a member is held, others get it"
is "$(q list -j | jq -r 'select(.sender == "c@example.org") | .rcpt')" hanako@example.com "and nobody else is"
is "$(ctl explain -j -c "$E/sekimori.conf" "$(q list -j | jq -r 'select(.sender == "c@example.org") | .id')" | jq -r '[.recipients[] | .policy] | unique | join(" ")')" \
    'enforce observe' "the ledger says whose policy"
sink_clear
directory_stop; sleep 2
like "$(mail "$E/mail/m" -f d@example.org -r main2@example.com)" ' 451 4.7.1 ' "the directory is silent: come again"
is "$(sink_count) $(queue_count)" '0 0' "nobody gets it by another policy"
like "$(cat "$E/gate.log")" 'refused.* phase=RCPT action=tempfail .*because=PILOT' "the log says which group"
is "$(mail "$E/mail/m" -f d@example.org -r one@see.example.com | grep -c '^end 250')" 1 "where nobody has to be asked mail goes on"
directory_start; sleep 1.5
like "$(mail "$E/mail/m" -f d@example.org -r main2@example.com)" '^end 250 ' "the directory is back: mail goes on"
directory_stop; sleep 2
gate_stop; gate_set 'recipient_groups_unanswered = next'; gate_run || not_ok "starts"
like "$(mail "$E/mail/m" -f e@example.org -r hanako@example.com)" '^end 250 ' "silent, and the lines below decide"
sink_wait 3; is "$(got hanako@example.com)" 1 "as the operator wants it"
printf 'PILOT enforce ldap=none.cf table=foo:x\nREST observe table=texthash:%s/no_such\n' "$E" >"$E/groups"
ctl configtest -c "$E/sekimori.conf" >"$E/errors" 2>&1
like "$(cat "$E/errors")" "groups:1: table: 'foo:x' is not TYPE:FILE" "a type that there is not"
printf 'PILOT enforce ldap=none.cf\nREST observe table=texthash:%s/no_such\n' "$E" >"$E/groups"
ctl configtest -c "$E/sekimori.conf" >"$E/errors" 2>&1
like "$(cat "$E/errors")" 'recipient_groups: .*none.cf' "no such file"
like "$(cat "$E/errors")" 'recipient_groups: .*no_such' "nor that one: every error at once"
done_testing

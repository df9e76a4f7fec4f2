#!/bin/bash
# Signatures through real Postfix: a signed mail is known as such, keys come from a DNS server of our own,
# and a mail that is changed here leaves with a seal (ARC) that another program verifies as it was delivered.
# covers: lib/gate/seal.c lib/gate/keys.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "signatures through Postfix" "needs root and Postfix"
	done_testing; exit
fi
if ! /usr/bin/python3 -c 'import dkim' 2>/dev/null; then
	skip "signatures through Postfix" "needs python3-dkim"
	done_testing; exit
fi
for k in author gate; do
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$E/$k.pem" 2>/dev/null	# mode 600
	printf 'v=DKIM1; p=%s' "$(openssl pkey -in "$E/$k.pem" -pubout -outform DER | base64 -w0)" >"$E/$k.txt"
done
# A string of a TXT record has at most 255 bytes.
txt() { fold -w 250 "$1" | sed 's/.*/"&"/' | tr '\n' ' '; }
zone_start "sel._domainkey.example.org TXT $(txt "$E/author.txt")" "seal._domainkey.gate.example TXT $(txt "$E/gate.txt")" \
    'slow._domainkey.example.org !timeout' "late._domainkey.example.org TXT $(txt "$E/author.txt")" \
    'late._domainkey.example.org !delay 700' '_dmarc.strict.example TXT "v=DMARC1; p=reject"' \
    'strict.example TXT "v=spf1 ip4:192.0.2.1 -all"'
gate_config 'on.spam = tag, subject "[SPAM] "' 'on.content = tag, strip' 'arc.domain = gate.example' 'arc.selector = seal' 'links.suspicious = defang' \
    "arc.key_file = $E/gate.pem" 'auth.results = yes' 'auth.serv_id = mx.gate.example' 'auth.trusted_arc_sealers = gate.example' "${DNS_LINES[@]}"
chmod 644 "$E/gate.pem"
"$BUILD/sekimorictl" configtest -c "$E/sekimori.conf" >"$E/out" 2>&1
is "$?" 78 "configtest refuses a key that everybody can read"
like "$(cat "$E/out")" 'gate\.pem: arc\.key_file: everybody can read it' "and says so"
chmod 600 "$E/gate.pem"
user=$(sed -n 's/^user = //p' "$E/sekimori.conf" | tail -n 1)
[ -z "$user" ] || chown "$user" "$E/gate.pem"
gate_run || { not_ok "start"; tail -n 20 "$E/gate.log" | sed 's/^/# /'; done_testing; exit 1; }
sink_start
postfix_start 'smtpd_authorized_xclient_hosts = 127.0.0.0/8' || { not_ok "Postfix starts"; done_testing; exit 1; }

# sign [SELECTOR] <mail: relaxed, by another program
sign() { /usr/bin/python3 -c '
import sys, dkim
mail = sys.stdin.buffer.read()
sig = dkim.sign(mail, sys.argv[1].encode(), b"example.org", open(sys.argv[2], "rb").read(), canonicalize=(b"relaxed", b"relaxed"))
sys.stdout.buffer.write(sig + mail)' "${1:-sel}" "$E/author.pem"; }
# verify dkim|arc <mail: what it says of it
verify() { /usr/bin/python3 -c '
import sys, dkim
keys = {"sel._domainkey.example.org": sys.argv[2], "seal._domainkey.gate.example": sys.argv[3]}
def txt(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return open(keys[name.rstrip(".")], "rb").read()
mail = sys.stdin.buffer.read()
print("pass" if sys.argv[1] == "dkim" and dkim.verify(mail, dnsfunc=txt) else dkim.arc_verify(mail, dnsfunc=txt)[0].decode())' \
    "$1" "$E/author.txt" "$E/gate.txt" 2>&1; }
# from ADDRESS SENDER FILE
from() { sink_clear; mail "$3" -X "ADDR=$1 NAME=mail.example" -f "$2"; }
through() { sink_clear; like "$(mail "$1")" '^end 250 ' "$2: accepted"; sink_wait 1 || not_ok "$2: arrives"; }
results() { sed -n '/^Authentication-Results:/,/^[^ \t]/p' "$(sink_last)" | tr -d '\r\n' | tr -s ' \t' ' '; }

message 'Hello.' | sign >"$E/signed"
through "$E/signed" "signed"
like "$(results)" 'mx\.gate\.example;.*dkim=pass.* header\.d=example\.org' "its signature holds"
is "$(grep -c '^ARC-' "$(sink_last)")" 0 "what is not changed gets no seal"
is "$(verify dkim <"$(sink_last)")" pass "and keeps its signature"
message 'Hello.' | sign | sed 's/Hello\./Hallo./' >"$E/broken"
through "$E/broken" "broken"
like "$(results)" 'dkim=fail ' "its signature does not hold"
message 'Hello.' | sign slow >"$E/slow"
through "$E/slow" "a key that DNS does not give"
like "$(results)" 'dkim=temperror ' "is a temporary error"

message 'Hello.' | sign late >"$E/late"
through "$E/late" "a key that comes late"
like "$(results)" 'dkim=pass ' "is waited for, beside the scan"
message 'sekimori-e2e-spam' | sign >"$E/spam"
through "$E/spam" "signed, to be marked"
like "$(cat "$(sink_last)")" $'\nSubject: \\[SPAM\\] test\r\n' "the subject is marked"
like "$(cat "$(sink_last)")" $'\nX-Sekimori-Modified: subject\r\n' "and a field says so"
like "$(grep -E '^(ARC|Authentication-Results)' "$(sink_last)" | cut -d: -f1 | tr '\n' ' ')" \
    '^ARC-Seal ARC-Message-Signature ARC-Authentication-Results Authentication-Results $' "sealed, in the right order"
is "$(verify arc <"$(sink_last)")" pass "another program finds the seal good"
like "$(sed -n '/^ARC-Authentication-Results:/,/^[^ \t]/p' "$(sink_last)" | tr -d '\r\n' | tr -s ' \t' ' ')" \
    'i=1; mx\.gate\.example;.*dkim=pass' "it says that the signature held when it came"
# Through once more: the chain is ours, grows, and holds. Only what is new is marked.
awk '/^ARC-Seal/ { on = 1 } on' "$(sink_last)" | sed '/^X-Sekimori-/d' >"$E/again"
through "$E/again" "the sealed mail once more"
like "$(results)" 'arc=pass' "the chain so far holds"
is "$(grep -c '^ARC-Seal: ' "$(sink_last)")" 2 "a second set"
is "$(verify arc <"$(sink_last)")" pass "and the other program finds both good"

# A sealer that is believed, here ourselves: p=reject of an author is not held against who forwards it.
message 'sekimori-e2e-spam' | sed 's/^From: .*/From: a@strict.example\r/' >"$E/strict"
like "$(from 203.0.113.9 bounce@list.example "$E/strict")" '^end 550 5\.7\.1 DMARC' "p=reject: not from anywhere"
like "$(from 192.0.2.1 a@strict.example "$E/strict")" '^end 250 ' "from its own server: accepted"
sink_wait 1
awk '/^ARC-Seal/ { on = 1 } on' "$(sink_last)" | sed '/^X-Sekimori-/d' >"$E/sealed"
like "$(from 203.0.113.9 bounce@list.example "$E/sealed")" '^end 250 ' "the same from anywhere, sealed by who is believed"
sink_wait 1
like "$(results)" 'dmarc=fail .*header\.from=strict\.example policy\.dmarc=none.* arc=pass' "it failed, and its policy is not applied"
sed 's/sekimori-e2e/Sekimori-e2e/' "$E/sealed" >"$E/unsealed"
like "$(from 203.0.113.9 bounce@list.example "$E/unsealed")" '^end 550 5\.7\.1 DMARC' "but not with another body"

echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin | sign >"$E/strip"
through "$E/strip" "signed, a part to be taken out"
like "$(cat "$(sink_last)")" 'X-Sekimori-Modified: parts' "the part is gone"
is "$(verify arc <"$(sink_last)")" pass "the seal is over what is left"
message 'Here: http://0x7f.0.0.1/pay' | sign >"$E/link"
through "$E/link" "signed, a link to be made harmless"
like "$(cat "$(sink_last)")" 'X-Sekimori-Modified: links' "a field says so"
like "$(cat "$(sink_last)")" $'\nHere: hxxp://' "it is no link any more"
is "$(verify arc <"$(sink_last)")" pass "the seal is over what it became"
SUBJECT='=?UTF-8?B?44GT44KT44Gr44Gh44Gv?=' message 'sekimori-e2e-spam' $'X-Folded: one\r\n\ttwo' 'Reply-To:  <x@example.org>' | sign >"$E/jp"
through "$E/jp" "an encoded subject"
is "$(verify arc <"$(sink_last)")" pass "sealed as it was delivered"
done_testing

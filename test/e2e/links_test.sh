#!/bin/bash
# Links through real Postfix: 30 in, 30 led to the click gate, each of which leads back to where it did; what is
# signed, internal or no web link stays; nothing is rewritten twice, and on the way out all is as it was. Services judge.
# covers: lib/check/link_service.c lib/gate/links.c lib/gate/own_links.c lib/gate/pipeline_edit.c lib/link/rewrite_mail.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "links through Postfix" "needs root and Postfix"
	done_testing; exit
fi
WEB_PORT=$(free_port)
CLICK=http://127.0.0.1:$WEB_PORT/l
gate_config 'links.unjudged = rewrite' 'links.clean = rewrite' 'links.internal = corp.example' "links.bad = rewrite"
"$BUILD/sekimorictl" configtest -c "$E/sekimori.conf" >"$E/out" 2>&1
is "$?" 78 "rewrite without a click gate is an error"
like "$(cat "$E/out")" 'sekimori\.conf:[0-9]+: links\.bad: rewrite needs a click gate: set click\.url' "which says where"
gate_set 'links.bad = unlink' "click.url = $CLICK" "click.listen = inet:$WEB_PORT@127.0.0.1" 'click.unjudged = allow'
gate_run || { not_ok "start"; tail -n 20 "$E/gate.log" | sed 's/^/# /'; done_testing; exit 1; }
is "$(stat -c %a "$E/state/keys/click")" 600 "the first key is made"
sink_start
postfix_start || { not_ok "Postfix starts"; done_testing; exit 1; }
trap 'stop "$WEB_PID"; e2e_end' EXIT
"$BUILD/sekimori-web" -f -c "$E/sekimori.conf" >"$E/web.log" 2>&1 & WEB_PID=$!
wait_for 20 "exec 3<>/dev/tcp/127.0.0.1/$WEB_PORT" || not_ok "sekimori-web listens" "$(tail -n 3 "$E/web.log")"

# mails.py NAME: the mails of this test.
make_mail() { /usr/bin/python3 - "$1" <<'PY'
import sys, base64, quopri
head = "From: Sender <sender@example.org>\r\nTo: <rcpt@example.com>\r\nSubject: links\r\nDate: Mon, 02 Jan 2023 10:00:00 +0000\r\nMessage-ID: <%s@example.org>\r\nMIME-Version: 1.0\r\n" % sys.argv[1]
html = "<html><body>\r\n" + "".join('<p class="x">Angebot f\u00fcr Sie: <a href="http://shop%d.example/p?id=%d&amp;x=y" style="c">hier</a></p>\r\n' % (i, i) for i in range(20))
stay = '<a href="https://www.corp.example/in">in</a> <a href="mailto:a@b.example">m</a> <a href="tel:+1">t</a> <a href="#top">top</a> <a href="/x">rel</a> <img src="cid:1">\r\n'
text = "".join("Line %d: http://text%d.example/a/%d\r\n" % (i, i, i) for i in range(10))
if sys.argv[1] == "thirty":
    qp = quopri.encodestring((html + stay).encode("iso-8859-1")).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").decode()
    body = ("--b\r\nContent-Type: text/plain\r\n\r\n" + text + "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + qp + "\r\n--b--\r\n")
    out = head + "Content-Type: multipart/alternative; boundary=b\r\n\r\n" + body
elif sys.argv[1] == "jp":
    out = head + "Content-Type: text/html; charset=ISO-2022-JP\r\n\r\n"
    sys.stdout.buffer.write(out.encode() + '<p>\u65e5\u672c<a href="http://jp.example/">\u8a9e</a>\u95a2\u5b88</p>\r\n'.encode("iso-2022-jp"))
    sys.exit()
elif sys.argv[1] == "base64":
    b = base64.encodebytes((html + stay + '<img src="http://img.example/1.png"> <form action="http://form.example/"></form>\r\n').encode()).replace(b"\n", b"\r\n").decode()
    out = head + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b
elif sys.argv[1] == "signed":
    out = head + "Content-Type: multipart/signed; boundary=b; protocol=\"application/pkcs7-signature\"; micalg=sha-256\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n" + stay + '<a href="http://signed.example/">x</a>\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMIIB\r\n--b--\r\n'
elif sys.argv[1] == "pgp":
    out = head + "\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nhttp://pgp.example/\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nabc\r\n-----END PGP SIGNATURE-----\r\n"
elif sys.argv[1] == "list":
    out = head + "List-Unsubscribe: <https://news.example/u?id=1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nContent-Type: text/html\r\n\r\n" + '<a href="https://news.example/u?id=1">unsubscribe</a> <a href="https://news.example/1">read</a>\r\n'
elif sys.argv[1] == "like":
    out = head + 'Content-Type: text/html\r\n\r\n<a href="https://paypa1.com/x">pay</a> <a href="https://www.rakuten-card.co.jp/">www.rakuten-card.co.jp</a>\r\n'
elif sys.argv[1] == "reply":
    import os, urllib.parse
    ours = os.environ["OURS"].split()
    wrapped = "https://eur01.safelinks.protection.outlook.com/?url=" + urllib.parse.quote(ours[0], safe="") + "&amp;data=05"
    out = head + 'Content-Type: text/html\r\n\r\n<blockquote><a href="%s">pay</a> <a href="%s">www.rakuten-card.co.jp</a></blockquote> <a href="%s">here</a>\r\n' % (ours[0], ours[1], wrapped)
sys.stdout.buffer.write(out.encode("iso-8859-1") if sys.argv[1] == "thirty" else out.encode())
PY
}
# The links of a mail as its reader has them, one a line, and what is shown: by another parser.
links_of() { /usr/bin/python3 - "$1" <<'PY'
import sys, email, email.policy, re, html.parser
class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        for k, v in attrs:
            if k in ("href", "src", "action"): print(v)
for part in email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default).walk():
    if part.get_content_type() == "text/html": P().feed(part.get_content())
    elif part.get_content_type() == "text/plain": print("\n".join(re.findall(r"https?://[^\s<>]+", part.get_content())))
PY
}
shown() { /usr/bin/python3 -c '
import sys, email, email.policy, re
for part in email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default).walk():
    if part.get_content_type() == "text/html": print(re.sub(r"<[^>]*>", "", part.get_content()))' "$1"; }
through() { make_mail "$1" >"$E/mail/$1"; sink_clear; like "$(mail "$E/mail/$1")" '^end 250 ' "$1: accepted"; sink_wait 1 || not_ok "$1: arrives"; cp "$(sink_last)" "$E/mail/$1.out"; }
where() { curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "$1"; }

through thirty
links_of "$E/mail/thirty" >"$E/before"; links_of "$E/mail/thirty.out" >"$E/after"
is "$(grep -c "^$CLICK/" "$E/after")" 30 "30 links lead to the click gate"
is "$(grep -v "^$CLICK/" "$E/after" | tr '\n' ' ')" 'https://www.corp.example/in mailto:a@b.example tel:+1 #top /x cid:1 ' "the others stay"
is "$(shown "$E/mail/thirty.out")" "$(shown "$E/mail/thirty")" "people see the same"
is "$(paste "$E/before" "$E/after" | while read -r old new; do
	case $new in "$CLICK"/*) [ "$(where "$new")" = "302 $old" ] || echo "$old: $(where "$new")";; esac; done)" '' \
    "each leads to where it did"
like "$(cat "$E/mail/thirty.out")" $'\nX-Sekimori-Modified: links\r\n' "a field says so"
id=$(sed -n 's/^X-Sekimori-Id: \([0-9a-z]*\).*/\1/p' "$E/mail/thirty.out")
is "$(ctl clicks list -j -c "$E/sekimori.conf" | jq -r .message | sort | uniq -c | tr -s ' ')" " 30 $id" "a click names the record of its message"
is "$(awk 'length > 79' "$E/mail/thirty.out" | grep -vc "$CLICK\|^X-Sekimori\|^Received" )" 0 "lines of quoted-printable are as short as before"
like "$(grep ' links changed=' "$E/gate.log" | tail -n 1)" 'changed=30 rewrite=30 unlink=0 .*outbound=no' "so does the log"

through base64
is "$(links_of "$E/mail/base64.out" | grep -c "^$CLICK/")" 20 "base64: all of them"
like "$(links_of "$E/mail/base64.out" | tr '\n' ' ')" ' http://img\.example/1\.png http://form\.example/ $' "what is only loaded, and where a form goes, stays"
is "$(shown "$E/mail/base64.out")" "$(shown "$E/mail/base64")" "people see the same"
through jp
is "$(links_of "$E/mail/jp.out" | grep -c "^$CLICK/")" 1 "ISO-2022-JP: rewritten"
is "$(sed "s|$CLICK/[A-Za-z0-9_-]*|http://jp.example/|" "$E/mail/jp.out" | tail -n 1 | md5sum)" "$(tail -n 1 "$E/mail/jp" | md5sum)" "every other byte stays"
for kind in signed pgp; do
	through $kind
	is "$(sed '1,/^\r$/d' "$E/mail/$kind.out" | md5sum)" "$(sed '1,/^\r$/d' "$E/mail/$kind" | md5sum)" "$kind: not a byte changes"
done
through list
is "$(links_of "$E/mail/list.out" | sed "s|$CLICK/.*|CLICK|" | tr '\n' ' ')" 'https://news.example/u?id=1 CLICK ' \
    "the link of List-Unsubscribe stays the same in the body"

# Again what is rewritten already, from outside and on its way out.
without_added "$E/mail/thirty.out" >"$E/mail/again"
sink_clear; mail "$E/mail/again" >/dev/null; sink_wait 1
is "$(links_of "$(sink_last)" | md5sum)" "$(md5sum <"$E/after")" "nothing is rewritten twice"

# Ours come back in an answer, one of them behind another vendor's wrapper: what is behind them is judged.
gate_set 'links.suspicious = rewrite'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
through like
links_of "$E/mail/like.out" >"$E/ours"
is "$(grep -c "^$CLICK/" "$E/ours")" 2 "a look-alike and an honest link are rewritten"
OURS=$(tr '\n' ' ' <"$E/ours"); export OURS
through reply
is "$(links_of "$E/mail/reply.out" | md5sum)" "$(links_of "$E/mail/reply" | md5sum)" "in an answer they stay as they are, wrapped as well"
last=$(grep ' verdict ' "$E/gate.log" | tail -n 1)
like "$last" ' score=6\.0 top=LINK_LOOKALIKE ' "the look-alike behind ours is found in the answer, once; the words of the honest one are those of where it leads"
gate_set 'links.suspicious = unlink'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
through reply
is "$(links_of "$E/mail/reply.out" | tr '\n' ' ')" "$(sed -n 2p "$E/ours") " "where policy takes out what is suspicious, ours go by what is behind them"
gate_set 'links.suspicious = rewrite' 'links.outbound = 127.0.0.0/8'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
through reply
is "$(links_of "$E/mail/reply.out" | tr '\n' ' ')" 'https://paypa1.com/x https://www.rakuten-card.co.jp/ https://paypa1.com/x ' "on the way out they lead to where they did before we and others wrapped them"
sink_clear; mail "$E/mail/again" >/dev/null; sink_wait 1
is "$(links_of "$(sink_last)" | md5sum)" "$(md5sum <"$E/before")" "on the way out all links are as they were"

# What clients read in different ways is not changed, and policy holds it.
gate_set 'links.outbound =' 'unscanned.ambiguous = accept'; ctl reload -c "$E/sekimori.conf" >/dev/null 2>&1
printf 'From: a@example.org\r\nTo: <rcpt@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b; boundary=c\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<a href="http://x.example/">x</a>\r\n--b--\r\n' >"$E/mail/odd"
held=$(held_count); mail "$E/mail/odd" >/dev/null
wait_for 10 "[ \$(find '$E/queue/hold' -type f | wc -l) -gt $held ]" && ok "an ambiguous message is held" || not_ok "an ambiguous message is held" "$(tail -n 3 "$E/gate.log")"
like "$(grep ' links action=' "$E/gate.log" | tail -n 1)" 'action=quarantine why=' "the log says why"

# A reputation service: what it knows is refused; one that hangs holds no mail up, and what it said nothing about is not judged.
"$TOOL/http_server" "$E" >"$E/http.port" & HTTP_PID=$!
trap 'stop "$HTTP_PID"; stop "$WEB_PID"; e2e_end' EXIT
wait_for 5 "[ -s '$E/http.port' ]" || not_ok "a server of services"
(umask 077; echo k3y-of-test >"$E/urlhaus.key")
gate_set 'http.allow_private = yes' 'link_service.urlhaus = url' "link_service.urlhaus_key_file = $E/urlhaus.key" \
    "link_service.urlhaus_url = http://127.0.0.1:$(cat "$E/http.port")/urlhaus" 'link_service.wait_ms = 1s' 'links.unjudged = leave'
chmod 644 "$E/urlhaus.key"; ctl configtest -c "$E/sekimori.conf" >"$E/out" 2>&1
like "$(cat "$E/out")" 'link_service\.urlhaus_key_file: .*only its owner' "a key that others can read is an error"
chmod 600 "$E/urlhaus.key"; ctl reload -c "$E/sekimori.conf" >"$E/out" 2>&1 || not_ok "reload" "$(cat "$E/out")"
link_mail() { printf 'From: a@example.org\r\nTo: <rcpt@example.com>\r\nSubject: s\r\nMessage-ID: <%s@example.org>\r\n\r\nhttp://site.example/%s\r\n' "$1" "$1" >"$E/mail/$1"; }
link_mail listed; link_mail hang; link_mail fine
like "$(mail "$E/mail/listed")" '^end 550 ' "a link that URLhaus knows: refused"
like "$(grep ' verdict ' "$E/gate.log" | tail -n 1)" 'top=LINK_SERVICE evidence="service=urlhaus found=malware_download host=site.example"' "the log says by whom"
sink_clear; began=$SECONDS; like "$(mail "$E/mail/hang")" '^end 250 ' "a service that hangs: accepted"
[ $((SECONDS - began)) -le 4 ] && ok "in time" || not_ok "in time" "$((SECONDS - began)) s"
sink_wait 1; like "$(cat "$(sink_last)")" 'LINK_SERVICE_SILENT' "and not judged"
sink_clear; mail "$E/mail/fine" >/dev/null; sink_wait 1
unlike "$(cat "$(sink_last)")" 'LINK_SERVICE' "one that is not listed is judged, and clean"
like "$(ctl status -c "$E/sekimori.conf")" 'links    urlhaus: ok, asked 3, hits 1, from what is kept [0-9]+, no answer 1' "status"
unlike "$(cat "$E/gate.log"; ctl configdump -c "$E/sekimori.conf")" 'k3y-of-test' "the key is in neither log nor dump"

stop "$HTTP_PID"; stop "$WEB_PID"
gate_stop; is "$?" 0 "a clean stop"
done_testing

#!/bin/bash
# Digests through a real Postfix: they arrive as they were written, nothing is told twice, a scanner that follows their
# links changes nothing, and the form of the page releases the mail once. The pages in Chromium, in both languages.
# covers: lib/jobs/job_digest.c web/act.c web/clicked.c
set -u
. "$(dirname "$0")/lib.sh"

e2e_begin
sink_start
echo 'info@example.com ja@example.com' >"$E/map"
PORT=$(free_port) WEB_PID=''
URL=http://127.0.0.1:$PORT/l
web_end() { [ -z "$WEB_PID" ] || stop "$WEB_PID"; e2e_end; }
trap web_end EXIT
gate_start 'quarantine.where = store' 'on.spam = quarantine' 'on.phishing = quarantine' 'on.malware = quarantine' \
	"click.url = $URL" "click.listen = inet:$PORT@127.0.0.1" 'click.site = 関守 & Co' \
	"release.server = 127.0.0.1:$SMTP_PORT" 'release.helo = gate.test' 'digest.every = run' 'digest.interval = 1s' \
	'digest.from = gate@example.com' 'digest.recipients = example.com' 'digest.languages = en, ja@example.com=ja' \
	"digest.map = $E/map" 'dnsbl.files =' || { not_ok "start"; done_testing; exit 1; }
postfix_start || { skip "digests through Postfix" "no Postfix, or not root"; done_testing; exit; }
"$BUILD/sekimori-web" -f -c "$E/sekimori.conf" >>"$E/gate.log" 2>&1 & WEB_PID=$!
wait_for 20 "curl -sf http://127.0.0.1:$PORT/healthz" || not_ok "sekimori-web starts"

q() { ctl quarantine "$@" -c "$E/sekimori.conf"; }
newest() { ctl track -c "$E/sekimori.conf" -j -n 1 "$@" | jq -r .id; }
state() { q list -j -s all | jq -r "select(.id == \"$1\") | .rcpt + \" \" + .state" | sort | tr '\n' ' '; }
hold() { mail "$1" -f "${@:3}" "$2" -r rcpt@example.com >"$E/out"; newest "$2"; }
# decoded TYPE FILE: that part of a digest; links FILE.
decoded() { /usr/bin/python3 -c 'import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[2], "rb"), policy=email.policy.default)
if sys.argv[1] == "head": print(m.get_content_type(), m["subject"], m["auto-submitted"], m["from"], len(m.defects))
else: print(m.get_body([sys.argv[1]]).get_content())' "$1" "$2"; }
links() { decoded plain "$1" | tr -d '\r' | grep -ao 'http://[^ ]*/q/[^ ]*'; }
http() { curl -s -m 20 -D "$E/head" -o "$E/body" -w '%{http_code}' "$@"; }
# press LINK WORD: open the page, then send its form.
press() {
	local cookie form
	http "$1" >"$E/status"
	cookie=$(sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p' "$E/head" | tr -d '\r')
	form=$(sed -n 's/.*name="form" value="\([^"]*\)".*/\1/p' "$E/body")
	http -H "Cookie: $cookie" -d "form=$form&do=$2" "$1"
}

# --- a digest ---------------------------------------------------------------------------------------
SUBJECT='<b>Win & "more"</b>' message 'sekimori-e2e-spam http://click.example/' >"$E/mail/spam"
SUBJECT='=?utf-8?B?6KuL5rGC5pu444Gu44GU6YCB5LuY?=' message 'sekimori-e2e-phishing' >"$E/mail/phish"
{ message x | sed '$d'; eicar; printf '\r\n'; } >"$E/mail/virus"
virus=$(hold "$E/mail/virus" virus@example.org)
sleep 1.5
is "$(sink_count)" 0 "of malware people are not told"
id=$(hold "$E/mail/spam" spam@example.org)
sink_wait 1 || not_ok "a digest arrives" "$(grep -a digest "$E/gate.log" | tail -n 3)"
mv "$(sink_last)" "$E/digest"
like "$(decoded head "$E/digest")" 'multipart/alternative Mail that was held for you \(1\) - 関守 & Co auto-generated .*<gate@example\.com> 0' "a proper mail"
unlike "$(cat "$E/digest")" 'X-Sekimori|/l/[A-Za-z0-9_-]{40}' "nothing of ours in it, no link rewritten"
like "$(decoded plain "$E/digest")" '<b>Win & "more"</b>.*sender@example\.org.*It looks like spam\.' "what, who and why, as text"
like "$(decoded html "$E/digest")" '&lt;b&gt;Win &amp; &quot;more&quot;&lt;/b&gt;' "and as HTML"
link=$(links "$E/digest")
sleep 2.5
is "$(find "$E/sink" -name '[0-9]*.eml' | wc -l)" 0 "it is not told again"

# --- scanners and people ------------------------------------------------------------------------------
is "$(http "$link") $(http -I "$link") $(http -d 'do=release' "$link") $(http -d 'form=1-2&do=release' "$link")" '200 200 403 403' \
	"a scanner follows the link, guesses the form"
is "$(state "$id")" 'rcpt@example.com held ' "nothing happens"
is "$(http "${link%??}xx") $(http "$URL/q/x") $(http "$URL/q/")" '404 404 404' "no link that was not made here"
sink_clear
is "$(press "$link" release)" 200 "the form"
like "$(cat "$E/body")" 'This mail was held before.*It was released: look into your mailbox' "says what it did"
sink_wait 1; like "$(cat "$(sink_last)")" 'sekimori-e2e-spam' "the mail arrives"
is "$(state "$id")" 'rcpt@example.com released ' "its state"
like "$(ctl explain -c "$E/sekimori.conf" "$id")" 'person rcpt@example\.com' "the ledger says who did it"
before=$(sink_count)
http "$link" >"$E/status"; like "$(cat "$E/body")" 'It was released' "opened again it says so"
unlike "$(cat "$E/body")" '<form' "without buttons"
is "$(press "$link" release) $(press "$link" delete)" '403 403' "and there is nothing to press"
sleep 0.5; is "$(sink_count)" "$before" "no second mail"

# --- a person with rights to see only; a box of somebody else ------------------------------------------
sink_clear
id=$(mail "$E/mail/phish" -f phish@example.org -r info@example.com >"$E/out"; newest phish@example.org)
sink_wait 1; mv "$(sink_last)" "$E/digest"
like "$(cat "$E"/sink/*.env)" 'ja@example\.com' "of a shared box the one whom the map names is told"
like "$(decoded head "$E/digest")" '隔離されたメールのお知らせ \(1\)' "in Japanese"
like "$(decoded plain "$E/digest")" '請求書のご送付.*info@example\.com.*だまし取ろうとする' "of whose mail, and why"
view=$(links "$E/digest")
like "$(http "$view"; cat "$E/body")" '200.*This mail was held.*sender@example\.org' "it can be seen"
unlike "$(cat "$E/body")" '<form' "not released"
is "$(press "$view" release)" 403 "not by a form of one's own either"
is "$(state "$id")" 'info@example.com held ' "it stays"

# --- a click is told to the ledger ----------------------------------------------------------------------
id=$(newest spam@example.org)
token=$("$TOOL/click_token" "$E/state" http://click.example/ 3600 anna@example.com no '' "$id")
is "$(http "$URL/$token")" 200 "a click on what nobody could judge"
wait_for 5 "'$BUILD/sekimorictl' explain -c '$E/sekimori.conf' '$id' | grep -q clicked" && ok "the record tells of it" ||
	not_ok "the record tells of it" "$(ctl explain -c "$E/sekimori.conf" "$id" | tail -n 5)"

# --- a browser ---------------------------------------------------------------------------------
if command -v chromium >/dev/null && [ -x /usr/bin/python3 ]; then
	sink_clear
	id=$(hold "$E/mail/spam" more@example.org)
	sink_wait 1; link=$(links "$(sink_last)")
	decoded html "$(sink_last)" >"$E/digest.html"; decoded html "$E/digest" >"$E/digest-ja.html"
	timeout 90 test/tool/browser.py "$E/profile" >"$E/browser" 2>&1 <<-ORDERS
	open $link ja 390 844
	text
	wide
	labels
	shot $E/mail-ja.png
	open $link en 1000 760
	text
	shot $E/mail-en.png
	click button[value=delete]
	text
	shot $E/done-en.png
	open file://$E/digest.html en 390 844
	wide
	shot $E/digest-en.png
	open file://$E/digest-ja.html ja 390 844
	wide
	shot $E/digest-ja.png
	ORDERS
	mapfile -t said <"$E/browser"
	like "${said[1]}" '隔離されたメール.*<b>Win & "more"</b>.*受け取る.*削除する' "Japanese, phone: what it is, and buttons"
	is "${said[2]} ${said[3]}" '0 all' "nothing wider than a phone, everything has a name"
	like "${said[6]}" 'This mail was held.*Release it.*Delete it' "English"
	like "${said[9]}" 'It was deleted' "the button deletes, without scripts"
	is "$(state "$id")" 'rcpt@example.com deleted ' "and it is"
else
	skip "pages in Chromium" "chromium is not installed"
fi
gate_stop
done_testing

#!/bin/bash
# The click gate over real HTTP: good, bad, forged and hostile requests, keys that change under it,
# and its pages in real Chromium, in both languages and at phone width, with scripts off.
# covers: web/main.c web/server.c web/confine.c lib/base/embedded.c web/pages.c
. "$(dirname "$0")/lib.sh"

e2e_begin
PORT=$(free_port) TARGET=$(free_port) WEB_PID='' TARGET_PID=''
URL=http://127.0.0.1:$PORT/l
web_end() { [ -z "$WEB_PID" ] || stop "$WEB_PID"; [ -z "$TARGET_PID" ] || stop "$TARGET_PID"; e2e_end; }
trap web_end EXIT
mkdir -p "$E/state/feeds" "$E/target"
echo '<!doctype html><title>landed</title><p>landed here' >"$E/target/page.html"
table() { printf '%s\n' "$@" | "$TOOL/indicators_table" "$E/state/feeds/indicators.db"; }
token() { "$TOOL/click_token" "$E/state" "$@"; }
# http ARGS: status and fields, body in $E/body
http() { curl -s -m 10 -D - -o "$E/body" "$@" | tr -d '\r'; }
status() { http "$@" | sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p'; }
web_start() {
	"$BUILD/sekimori-web" -f -c "$E/sekimori.conf" >>"$E/gate.log" 2>&1 & WEB_PID=$!
	wait_for 20 "curl -sf http://127.0.0.1:$PORT/healthz"
}

bad='bad domain phishing 10.0 deny bad.example'
odd='odd ip spam 3.0 deny 127.0.0.1'
table "$bad" "$odd"
gate_config "click.url = http://127.0.0.1:$PORT/l" "click.listen = inet:$PORT@127.0.0.1" 'click.site = Corp & Co' \
	'click.contact = it@corp.example' 'click.timeout_ms = 2s' 'log_level = info' 'dnsbl.files ='
web_start || { not_ok "sekimori-web starts" "$(tail -n 5 "$E/gate.log")"; done_testing; exit 1; }
ok "sekimori-web starts"

# --- clicks ----------------------------------------------------------------------------------
clean=$(token 'https://www.example.net/a?b=c&d=%20#e')
head=$(http "$URL/$clean")
like "$head" '^HTTP/1\.1 302 ' "a clean link leads on"
like "$head" $'\nLocation: https://www\\.example\\.net/a\\?b=c&d=%20#e\n' "to where it led, byte for byte"
like "$head" 'Cache-Control: no-store' "kept by no cache"
like "$head" 'Referrer-Policy: no-referrer' "without referrer"
head=$(http "$URL/$(token https://www.bad.example/)")
like "$head" '^HTTP/1\.1 403 ' "a bad one does not"
unlike "$head" 'Location|Refresh' "by no field"
like "$head" "Content-Security-Policy: default-src 'none'; [^\n]*form-action 'self'; frame-ancestors 'none'" "the page can load and run nothing"
like "$head" 'X-Content-Type-Options: nosniff' "nor be taken for something else"
like "$(cat "$E/body")" 'www\.bad\.example.*it@corp\.example' "says where it led and whom to ask"
unlike "$(cat "$E/body")" '<script|<form|href="http' "has no way on"
like "$(http -H 'Accept-Language: ja,en;q=0.5' "$URL/$(token https://bad.example/)"; cat "$E/body")" 'lang="ja"' "in Japanese for whom reads it"
is "$(status "$URL/$clean+")" 200 "a plus behind it shows where it leads"
like "$(cat "$E/body")" 'www\.example\.net/a\?b=c' "and goes nowhere"
is "$(status -I "$URL/$clean")" 302 "HEAD"

# --- what is not ours --------------------------------------------------------------------------
other=$(mktemp -d "$E/other.XXXX")
forged=$("$TOOL/click_token" "$other" https://evil.example/)
wrong=''
for path in "$forged" "${clean%?}" "${clean}A" "x$clean" "$clean/" 'https://evil.example/' '//evil.example' '%2f%2fevil.example' '?url=https://evil.example/' \
	'..%2f..%2fetc%2fpasswd' '%00' '%0d%0aLocation:%20https://evil.example/' "$(printf 'A%.0s' $(seq 30000))"; do
	head=$(http --path-as-is "$URL/$path")
	[[ $head =~ ^HTTP/1\.1\ (40[04]|414|431) && ! $head =~ (Location|Refresh): ]] || wrong+="${path:0:60}: ${head:0:60}; "
done
is "$wrong" '' "nothing that was not sealed here leads anywhere"
is "$(status "$URL/$(token https://odd.example/ -5)")" 410 "an expired link"
is "$(status -X DELETE "$URL/$clean")" 405 "no other method"
is "$(status -X POST -d 'form=1-2' "$URL/$clean")" 403 "a form that nobody was given"
is "$(head -c 100000 /dev/zero | curl -s -m 10 -o /dev/null -w '%{http_code}' --data-binary @- "$URL/$clean")" 000 "a body that no form has: hung up"
for i in $(seq 52); do printf 'url = "%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n' "$URL/$clean"; done >"$E/many"
like "$(curl -s -m 20 -K "$E/many" | sort | uniq -c | tr -s ' \n' ' ')" ' 302 .* 429 ' "the same link again and again is held"

# --- slow and many: others are served meanwhile --------------------------------------------------
for i in $(seq 30); do
	(exec 3<>"/dev/tcp/127.0.0.1/$PORT"; printf 'GET /l/%s' x >&3; timeout 8 cat <&3 >/dev/null; echo closed >>"$E/slow") 2>/dev/null &
done
fresh=$(token https://www.example.net/fresh)
is "$(status "$URL/$fresh")" 302 "thirty that never finish their request stop nobody"
wait_for 8 "[ \$(wc -l <'$E/slow') = 30 ]" && ok "and are hung up on" || not_ok "and are hung up on" "$(wc -l <"$E/slow")"
printf 'GET /l/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' >"$E/smuggle"
like "$(timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT; cat '$E/smuggle' >&3; head -n 1 <&3")" 'HTTP/1.1 [45]|^$' "two lengths of one body are refused"

# --- keys and feeds change under it ----------------------------------------------------------------
before=$(token https://www.example.net/before)
is "$("$BUILD/sekimorictl" keys rotate -c "$E/sekimori.conf")" 'key 2 seals from now on; 0 old taken out' "keys rotate"
sleep 1.2
is "$(status "$URL/$before")" 302 "a link sealed before still leads on"
is "$(status "$URL/$(token https://www.example.net/after)")" 302 "and one sealed after"
table "$bad" "$odd" 'later domain malware 10.0 deny example.net'
wait_for 5 "[ \$(curl -s -o /dev/null -w '%{http_code}' '$URL/$before') = 403 ]" && ok "what turns bad after delivery is blocked at the click" ||
	not_ok "what turns bad after delivery is blocked at the click"
gate_set 'click.privacy = anonymous' 'click.site = Renamed'
kill -HUP "$WEB_PID"
log_wait reloaded && ok "it reloads" || not_ok "it reloads"
http "$URL/$before" >/dev/null
like "$(cat "$E/body")" 'Renamed' "and serves what is new"
wait_for 5 "! tail -n 1 '$E/state/clicks.jsonl' | grep -q anna@"	# it is written a moment later
unlike "$(tail -n 1 "$E/state/clicks.jsonl")" 'anna@|127\.0\.0\.1' "anonymous keeps neither recipient nor address"
like "$(grep -m1 '"url":"https://www.bad.example/"' "$E/state/clicks.jsonl")" '"shown":"blocked".*"rcpt":"anna@example.org","client":"127.0.0.1"' \
	"who clicked what, and what was shown"
clicks=$("$BUILD/sekimorictl" clicks list -c "$E/sekimori.conf" bad.example)
like "$clicks" 'blocked +anna@example\.org +https://www\.bad\.example/' "sekimorictl clicks lists it"
out=$(grep -c CapEff /proc/$WEB_PID/status; grep Seccomp: /proc/$WEB_PID/status)
like "$out" 'Seccomp:[[:space:]]*2' "it has taken rights from itself"

# --- a browser ---------------------------------------------------------------------------------
if command -v chromium >/dev/null && [ -x /usr/bin/python3 ]; then
	/usr/bin/python3 -m http.server "$TARGET" --bind 127.0.0.1 --directory "$E/target" >"$E/target.log" 2>&1 & TARGET_PID=$!
	wait_for 5 "curl -sf http://127.0.0.1:$TARGET/page.html"
	odd_link=$URL/$(token "http://127.0.0.1:$TARGET/page.html?warned")
	bad_link=$URL/$(token https://xn--bcher-kva.bad.example/)
	timeout 90 test/tool/browser.py "$E/profile" >"$E/browser" 2>&1 <<-ORDERS
	open $odd_link ja 390 844
	text
	wide
	labels
	shot $E/warn-ja.png
	open $odd_link en 1000 760
	text
	click button
	where
	text
	open $bad_link en 390 844
	text
	wide
	labels
	open $bad_link ja 1000 760
	text
	open $bad_link+ en 1000 760
	text
	ORDERS
	mapfile -t said <"$E/browser"
	is "${said[0]}" 200 "Chromium, Japanese, phone: a page that warns"
	like "${said[1]}" 'このサイトを開きますか.*127\.0\.0\.1.*このサイトへ進む' "all of it in Japanese"
	is "${said[2]} ${said[3]}" '0 all' "nothing wider than a phone, everything has a name"
	like "${said[6]}" 'Do you want to go there.*Go on to this website' "English"
	is "${said[8]}" "http://127.0.0.1:$TARGET/page.html?warned" "the button leads there, without scripts"
	is "${said[9]}" 'landed here' "and the page is there"
	like "$(cat "$E/target.log")" 'GET /page.html\?warned' "asked for by the browser alone"
	like "${said[10]} ${said[11]}" '403 .*This link is blocked.*xn--bcher-kva\.bad\.example.*bücher\.bad\.example' "blocked: both forms of the host"
	is "${said[12]} ${said[13]}" '0 all' "fits a phone, everything has a name"
	like "${said[15]}" 'このリンクは開けません' "in Japanese"
	like "${said[17]}" 'Where this link leads.*dangerous' "preview"
else
	skip "pages in Chromium" "chromium is not installed"
fi
kill "$WEB_PID"; wait "$WEB_PID"; is "$?" 0 "it stops when asked"
WEB_PID=''
like "$(tail -n 1 "$E/gate.log")" 'stopped pid=' "and says so"
done_testing

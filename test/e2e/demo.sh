#!/bin/bash
# demo.sh BUILD: a private Postfix on loopback with sekimorid as its milter and a sink behind it; the
# samples of test/data/demo/ go through, one table says what became of them; one that was held is released, and the
# links of one that arrived are followed to the click gate. All of it stops at the end.
export SEKIMORI_BUILD=${1:-build}
. "$(dirname "$0")/lib.sh"

# The test virus lies in no file of the tree: it is put together and packed here.
samples() {
	local d=test/data/demo
	cp $d/*.eml "$E/mail/"
	mkdir -p "$E/pack"
	eicar >"$E/pack/eicar.com"
	(cd "$E/pack" && zip -qX inner.zip eicar.com && zip -qX outer.zip inner.zip &&
	    echo 'The figures of the quarter.' >figures.txt && zip -qX -P secret locked.zip figures.txt) || return 1
	zipped "$E/pack/outer.zip" eicar-in-zip 'A virus in a zip in a zip' invoice.zip >"$E/mail/eicar_in_zip.eml"
	zipped "$E/pack/locked.zip" encrypted-zip 'The figures, with a password' figures.zip >"$E/mail/encrypted_zip.eml"
}
zipped() {	# FILE ID SUBJECT NAME
	sed "s/@SUBJECT@/$3/; s/@ID@/$2/; s/@NAME@/$4/" test/data/demo/zip.head
	base64 -w 76 "$1" | sed 's/$/\r/'
	printf -- '--demo--\r\n'
}

# The value of a key in the gate's log line about a message.
said() {
	grep -F " verdict " "$E/gate.log" | grep -F "message_id=<demo-$1@" | tail -n 1 |
		grep -oP " $2=(\"[^\"]*\"|[^ ]*)" | head -n 1 | sed "s/^ $2=//; s/^\"//; s/\"\$//"
}

arrived() {	# ID
	local file
	file=$(grep -lF "<demo-$1@" "$E"/sink/*.eml 2>/dev/null | head -n 1)
	if [ -n "$file" ]; then
		without_added "$file" | sed '/^Authentication-Results: /,/^[^ \t]/{/^Authentication-Results: /d; /^[ \t]/d}' >"$E/got"
		if cmp -s "$E/got" "$2"; then echo "unchanged, with its verdict"
		elif grep -qai '^X-Sekimori-Modified: links' "$file"; then
			echo "$(grep -aoE 'https?://' "$2" | wc -l) links, $(gate_links "$file" | wc -l) lead to the click gate"
		else echo "$(grep -aim1 '^Subject:' "$file" | tr -d '\r')"; fi
	elif [ "$(said "$1" action)" = quarantine ]; then echo "nothing: it is in the quarantine"
	else echo "nothing"; fi
}

# What is kept from people: who it was for, and one of them gets it after all.
held() {
	local id
	echo 'sekimorictl quarantine list'
	ctl quarantine list -c "$E/sekimori.conf"
	id=$(ctl track -j -c "$E/sekimori.conf" -q "$(sed -n 's/.*queued as //p' "$E/password_form.answer")" | jq -r .id)
	echo 'sekimorictl quarantine release ID'
	ctl quarantine release "$id" -c "$E/sekimori.conf"
	wait_for 10 "grep -qlF '<demo-password-form@' '$E'/sink/*.eml"
	grep -qlF '<demo-password-form@' "$E"/sink/*.eml && echo "and it arrives, byte for byte: $(released_same)"
	echo 'sekimorictl track billing@example.org'
	ctl track billing@example.org -c "$E/sekimori.conf"
}
released_same() {
	without_added "$(grep -lF '<demo-password-form@' "$E"/sink/*.eml | head -n 1)" >"$E/got"
	cmp -s "$E/got" "$E/mail/password_form.eml" && echo yes || echo no
}

# The links of a message that lead to the click gate, as they stand there.
gate_links() { grep -aoE "$CLICK/[A-Za-z0-9_-]+" "$1"; }

# What a click on a link shows: where it leads on to, or the title of a page.
clicked() {
	local code to
	read -r code to < <(curl -s -m 10 -o "$E/page" -w '%{http_code} %{redirect_url}\n' "$1")
	if [ "$code" = 302 ]; then echo "leads on to $to"
	else echo "$code, $(sed -n 's|.*<title>\(.*\)</title>.*|\1|p' "$E/page")"; fi
}

clicks() {
	local file link n=0
	file=$(grep -lF '<demo-links@' "$E"/sink/*.eml 2>/dev/null | head -n 1)
	[ -n "$file" ] || return 0
	for link in $(gate_links "$file" | awk '!seen[$0]++'); do
		n=$((n + 1))
		printf 'a click on link %d of "links" (%.34s...): %s\n' "$n" "$link" "$(clicked "$link")"
	done
	ctl clicks block www.example.org -c "$E/sekimori.conf" >"$E/block" 2>&1 && sleep 1.2
	printf 'after "sekimorictl clicks block www.example.org": %s\n' "$(clicked "$(gate_links "$file" | head -n 1)")"
}

row() { printf '%-14s %-8s %-58.58s %-46.46s %s\n' "$@"; }

SAMPLES='clean_ja clean_en links eicar_in_zip yara_hit password_form encrypted_zip broken_mime'
main() {
	local f name id code
	have_postfix || { echo "make demo needs root and Postfix (make deps)" >&2; exit 1; }
	e2e_begin
	WEB_PORT=$(free_port) CLICK=http://127.0.0.1:$WEB_PORT/l
	command -v zip >/dev/null || { echo "make demo needs zip (make deps)" >&2; exit 1; }
	samples || exit 1
	sink_start
	demo_config
	echo "Starting sekimorid, Postfix on 127.0.0.1:$SMTP_PORT and a sink on 127.0.0.1:$SINK_PORT ..."
	gate_run 120 || { tail -n 20 "$E/gate.log"; exit 1; }
	grep -o 'NO OFFICIAL[^"]*' "$E/gate.log" | head -n 1
	"$BUILD/sekimori-web" -f -c "$E/sekimori.conf" >"$E/web.log" 2>&1 & WEB_PID=$!
	trap 'stop "$WEB_PID"; e2e_end' EXIT
	postfix_start || exit 1
	for name in $SAMPLES; do
		f=$E/mail/$name.eml
		mail "$f" -r bob@example.com >"$E/$name.answer"
	done
	wait_for 10 "[ \$(sink_count) -ge \$(( \$(cat $E/*.answer | grep -c '^end 250') - 1 )) ]"
	sleep 0.3
	echo
	row MESSAGE VERDICT WHY 'POSTFIX ANSWERED' 'WHAT ARRIVED'
	for name in $SAMPLES; do
		id=${name//_/-}
		code=$(sed 's/^end //; s/queued as .*/queued/; s/, reference.*//' "$E/$name.answer")
		row "$name" "$(verdict "$id")" "$(why "$id")" "$code" "$(arrived "$id" "$E/mail/$name.eml")"
	done
	echo
	held
	echo
	clicks
	echo
	stop "$WEB_PID"; WEB_PID=''
	gate_stop && postfix_stop && echo "All stopped, nothing left behind."
}

# "clean?": nothing was found in what could be looked at.
verdict() {
	local verdict
	verdict=$(said "$1" verdict)
	[ "$verdict" != clean ] || [ "$(said "$1" unscanned)" = no ] || verdict='clean?'
	echo "$verdict"
}

why() {
	local because unscanned
	because=$(said "$1" because); unscanned=$(said "$1" unscanned)
	if [ "$because" != - ]; then echo "$because"
	elif [ "$unscanned" != no ]; then echo "not looked at: $unscanned"
	else echo "nothing found, all looked at"; fi
}

# As installed: the preset of the tree, the engines' defaults; only folders and sockets are private, nobody is asked
# by DNS, and links lead to the click gate.
demo_config() {
	cat >"$E/sekimori.conf" <<-CONF
	milter_socket = $SOCKET
	milter_socket_mode = 0666
	run_dir = $E/run
	dns.enable = no
	state_dir = $E/state
	spool_dir = $E/spool
	worker.tmp_dir = $E/tmp
	log_to = stderr
	preset = recommended
	links.unjudged = rewrite
	links.suspicious = rewrite
	click.url = $CLICK
	click.listen = inet:$WEB_PORT@127.0.0.1
	click.unjudged = allow
	bodies.min_free = 0
	release.server = 127.0.0.1:$SMTP_PORT
	CONF
}
main

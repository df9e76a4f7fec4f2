#!/bin/bash
# demo.sh BUILD: a private Postfix on loopback with sekimorid as its milter and a sink behind it; the
# samples of test/data/demo/ go through, one table says what became of them. All of it stops at the end.
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
		without_added "$file" >"$E/got"
		if cmp -s "$E/got" "$2"; then echo "unchanged, with its verdict"
		else echo "$(grep -aim1 '^Subject:' "$file" | tr -d '\r')"; fi
	elif grep -qlrF "<demo-$1@" "$E/queue/hold" 2>/dev/null; then echo "nothing: held by Postfix"
	else echo "nothing"; fi
}

row() { printf '%-14s %-8s %-58.58s %-46.46s %s\n' "$@"; }

main() {
	local f name id code
	have_postfix || { echo "make demo needs root and Postfix (make deps)" >&2; exit 1; }
	e2e_begin
	command -v zip >/dev/null || { echo "make demo needs zip (make deps)" >&2; exit 1; }
	samples || exit 1
	sink_start
	demo_config
	echo "Starting sekimorid, Postfix on 127.0.0.1:$SMTP_PORT and a sink on 127.0.0.1:$SINK_PORT ..."
	gate_run 120 || { tail -n 20 "$E/gate.log"; exit 1; }
	grep -o 'NO OFFICIAL[^"]*' "$E/gate.log" | head -n 1
	postfix_start || exit 1
	for name in clean_ja clean_en eicar_in_zip yara_hit encrypted_zip broken_mime; do
		f=$E/mail/$name.eml
		mail "$f" -r bob@example.com >"$E/$name.answer"
	done
	wait_for 10 "[ \$(( \$(sink_count) + \$(held_count) )) -ge \$(cat $E/*.answer | grep -c '^end 250') ]"
	sleep 0.3
	echo
	row MESSAGE VERDICT WHY 'POSTFIX ANSWERED' 'WHAT ARRIVED'
	for name in clean_ja clean_en eicar_in_zip yara_hit encrypted_zip broken_mime; do
		id=${name//_/-}
		code=$(sed 's/^end //; s/queued as .*/queued/; s/, reference.*//' "$E/$name.answer")
		row "$name" "$(verdict "$id")" "$(why "$id")" "$code" "$(arrived "$id" "$E/mail/$name.eml")"
	done
	echo
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

# As installed: the preset of the tree, the engines' defaults; only folders and sockets are private.
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
	CONF
}
main

#!/bin/bash
# What operators copy from contrib/ is understood by the programs it is for; the lines for Postfix
# are those that flow_test.sh runs with.
. "$(dirname "$0")/lib.sh"

E=$(mktemp -d /tmp/e2e-sekimori.XXXXXX) || exit 1
trap e2e_end EXIT

if command -v systemd-analyze >/dev/null; then
	sed "s|@SBINDIR@|$PWD/$BUILD|g; s|@SYSCONFDIR@|/etc|g" contrib/systemd/sekimorid.service.in >"$E/sekimorid.service"
	is "$(systemd-analyze verify --man=no "$E/sekimorid.service" 2>&1 | grep sekimorid)" '' "systemd-analyze finds nothing in the unit"
	is "$(grep -c '^Exec.*-c /etc/sekimori/sekimori\.conf' "$E/sekimorid.service")" "$(grep -c '^Exec' "$E/sekimorid.service")" "all its commands read the same configuration"
	sed "s|@SBINDIR@|$PWD/$BUILD|g; s|@SYSCONFDIR@|/etc|g" contrib/systemd/sekimori-web.service.in >"$E/sekimori-web.service"
	is "$(systemd-analyze verify --man=no "$E/sekimori-web.service" 2>&1 | grep sekimori-web)" '' "nor in that of sekimori-web"
	sed -i '/^Type=/a NoSuchKey=1' "$E/sekimorid.service"
	like "$(systemd-analyze verify --man=no "$E/sekimorid.service" 2>&1)" 'NoSuchKey' "and would find what is wrong"
else
	skip "the systemd unit" "no systemd-analyze"
fi

# The package sendmail-cf is enough; the MTA itself cannot be installed beside Postfix.
CF=${SENDMAIL_CF:-/usr/share/sendmail/cf}
if [ -f "$CF/m4/cf.m4" ] && command -v m4 >/dev/null; then
	{
		printf "divert(0)dnl\nOSTYPE(\`linux')dnl\n"
		cat contrib/sendmail/sekimori.mc
		printf "MAILER(\`local')dnl\nMAILER(\`smtp')dnl\n"
	} >"$E/test.mc"
	m4 -D_CF_DIR_="$CF/" "$CF/m4/cf.m4" "$E/test.mc" >"$E/test.cf" 2>"$E/errors"
	is "$? $(cat "$E/errors")" '0 ' "m4 reads the lines for sendmail"
	is "$(grep '^Xsekimori' "$E/test.cf")" 'Xsekimori, S=inet:8899@127.0.0.1, F=T, T=C:30s;S:30s;R:60s;E:5m' "the filter is defined and defers when it is not there"
	is "$(grep '^O InputMailFilters' "$E/test.cf")" 'O InputMailFilters=sekimori' "and used"
	is "$(grep -A1 '^O Milter.macros.connect' "$E/test.cf" | grep -c if_addr)" 1 "what other milters are told stays as it is"
else
	skip "the lines for sendmail" "no sendmail-cf"
fi
# The longest link that is led to the click gate has to pass the proxies: its token in the line of the request, itself
# in the field Location of the answer.
mkdir -p "$E/state"
long=https://www.example.net/$(head -c 16360 /dev/zero | tr '\0' a)
token=$("$TOOL/click_token" "$E/state" "$long")
room() {	# PROGRAM DIRECTIVE: bytes
	local n
	n=$(grep -oP "^ *$2 *\K\d+k?(?=;?\$)" "contrib/$1/sekimori-web.conf")
	echo $((${n/k/ * 1024}))
}
is "${#long}" 16384 "the longest link"
for line in 'nginx large_client_header_buffers 4' 'nginx proxy_buffer_size' 'apache LimitRequestLine' 'apache ProxyPass .*responsefieldsize='; do
	have=$(room "${line%% *}" "${line#* }")
	if [ "${have:-0}" -ge $((${#token} + 200)) ]; then ok "$line: room for it"; else not_ok "$line: room for it" "${have:-none} for ${#token}"; fi
done
for name in ssl_certificate:nginx ssl_certificate_key:nginx SSLCertificateFile:apache SSLCertificateKeyFile:apache; do
	like "$(cat "contrib/${name#*:}/sekimori-web.conf")" "${name%:*} +/etc/ssl/" "${name#*:}: TLS"
done
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=links.example.com -keyout "$E/key.pem" -out "$E/cert.pem" 2>/dev/null
if command -v nginx >/dev/null; then
	{ echo "pid $E/nginx.pid; events {} http {"
	sed "s|/etc/ssl/certs/.*;|$E/cert.pem;|; s|/etc/ssl/private/.*;|$E/key.pem;|" contrib/nginx/sekimori-web.conf; echo '}'; } >"$E/nginx.conf"
	like "$(nginx -t -e "$E/nginx.log" -c "$E/nginx.conf" 2>&1)" 'syntax is ok' "nginx reads it"
else
	skip "nginx reads its lines" "no nginx"
fi
done_testing

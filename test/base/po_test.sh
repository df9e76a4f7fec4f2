#!/bin/bash
# Every text of pages and digests is in every language, and no language has one that is no more.
set -u
cd "$(dirname "$0")/../.." || exit 1
n=0 failed=0
pot=$(mktemp /tmp/po-test.XXXXXX) || exit 1
trap 'rm -f "$pot" "$pot.said"' EXIT
xgettext -k -kN_ --from-code=UTF-8 -o - web/*.c lib/response/*.c | sed "s/charset=CHARSET/charset=UTF-8/" >"$pot"
for po in po/*.po; do
	n=$((n + 1))
	# msgcmp says only of missing ones that they are wrong; of superfluous ones it warns.
	if msgcmp "$po" "$pot" >"$pot.said" 2>&1 && ! grep -q warning "$pot.said"; then
		echo "ok $n - $po has all texts"
	else
		echo "not ok $n - $po has all texts"; sed 's/^/#   /' "$pot.said"; failed=1
	fi
done
echo "1..$n"
[ "$n" -gt 0 ] && [ "$failed" = 0 ]

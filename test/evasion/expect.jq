# Join what was wanted with what was reported: one line a case, "CLASS ID ok|FAIL why".
# Input: the manifest's cases as $want, the scan results (JSON lines) slurped as $got.
#
# MAL    the payload is found
# AMB    the payload is found, or the message is not let through as clean and complete
# UNSC   the same, for what cannot be looked into
# NAME   a finding about the attachment's name or type
# URL    the bad host is seen after decoding (the test brings a YARA rule for it)
# URLF   that, or the trick itself is noticed
# LIM    a limit is named, or the payload is found; without payload an answer in time is enough
# BND    an answer in time
# KEEP   clean and complete; REW the same, and SIDE
# For the classes url, rewrite and social, URL asks more: the bad host is a link of the report, read as
# browsers read it; and KEEP that it is none which a client would follow.

def malware: .verdict == "malware";
def stopped: .outcome as $o | ["quarantine", "hold", "tempfail", "reject", "discard"] | index($o) != null;
def not_clean: .verdict != "clean" or (.complete | not) or stopped;
def has_finding($prefix): any(.findings[]; .name | startswith($prefix));
def in_time: .ms < 20000;

def follows: .tricks // [] | index("defanged") == null;
def bad_link: any(.links[]; follows and (.host as $h | ["bad.sekimori.test", "www.bad.sekimori.test", "192.0.2.66",
  "[::ffff:c000:242]"] | index($h) != null));
def links_matter($case): $case.class as $c | ["url", "rewrite", "social"] | index($c) != null;

def judge($case):
  if . == null then "no answer"
  elif links_matter($case) and $case.expected == "URL" then (if bad_link then "" else "no link to the host" end)
  elif links_matter($case) and $case.expected == "URLF" then
    (if bad_link or any(.links[]; (.tricks // []) != []) then "" else "trick not seen" end)
  elif ($case.expected | IN("KEEP", "REW", "SIDE")) and bad_link then "a link to the host"
  elif $case.expected == "MAL" then (if malware then "" else "not found" end)
  elif $case.expected == "AMB" or $case.expected == "UNSC" then (if not_clean then "" else "passed as clean" end)
  elif $case.expected == "NAME" then (if has_finding("ATTACH_") then "" else "name not seen" end)
  elif $case.expected == "URL" then (if .verdict == "phishing" then "" else "host not seen" end)
  elif $case.expected == "URLF" then
    (if .verdict == "phishing" or (.defects | length) > 0 or (.complete | not) then "" else "trick not seen" end)
  elif $case.expected == "LIM" then
    (if in_time and ($case.payload == "none" or not_clean) then "" else "passed as clean" end)
  elif $case.expected == "BND" then (if in_time then "" else "too slow" end)
  elif $case.expected == "KEEP" or $case.expected == "REW" or $case.expected == "SIDE" then
    (if .verdict == "clean" and .complete and (stopped | not) then "" else "not clean: \(.outcome)" end)
  else "unknown expectation" end;

($got | map({ key: (.file | split("/") | last), value: . }) | from_entries) as $by_file
| $want[]
| select(.file != null)
| select(.class as $c | $classes | index($c))
| . as $case
| ($by_file[.file] | judge($case)) as $why
| "\(.class) \(.id) \(if $why == "" then "ok" else "FAIL " + $why end)"

#!/bin/sh
# Writes the table of sites into README.md, between the lines
#   <!-- sites:begin -->
#   <!-- sites:end -->
# With --check it changes nothing and fails when the table there is stale.
# Needs out/bin/killpoint; make generate and make lint build it first.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d out/sitetable-XXXXXX)
trap 'rm -rf "$work"' EXIT

if [ "$(grep -xE '<!-- sites:(begin|end) -->' README.md)" != '<!-- sites:begin -->
<!-- sites:end -->' ]; then
	echo 'sitetable: README.md must have one line <!-- sites:begin --> and after it one line <!-- sites:end -->' >&2
	exit 1
fi
out/bin/killpoint sites --markdown >"$work/table"
awk -v table="$work/table" '
	/^<!-- sites:end -->$/ { inside = 0 }
	!inside { print }
	/^<!-- sites:begin -->$/ {
		inside = 1
		while ((getline line < table) > 0) print line
	}
' README.md >"$work/README.md"
if cmp -s README.md "$work/README.md"; then
	exit 0
fi
if [ "${1:-}" = --check ]; then
	echo 'sitetable: the table of sites in README.md is stale: run make generate' >&2
	diff -u README.md "$work/README.md" >&2 || :
	exit 1
fi
cat "$work/README.md" >README.md

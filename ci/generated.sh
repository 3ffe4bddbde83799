#!/bin/sh
# Writes what is generated: the table of sites into docs/cells.md, between the lines
#   <!-- sites:begin -->
#   <!-- sites:end -->
# and the whole of ring/CRASH_BEHAVIOR.md. With --check it changes nothing and
# fails when one of them is stale. Needs out/bin/killpoint; make generate and
# make lint build it first.
set -eu
cd "$(dirname "$0")/.."
check=${1:-}
stale=0
work=$(mktemp -d out/generated-XXXXXX)
trap 'rm -rf "$work"' EXIT

# settle FILE TEXT makes TEXT the content of FILE, or says that it is not.
settle() {
	if cmp -s "$1" "$2"; then
		return
	fi
	if [ "$check" != --check ]; then
		cat "$2" >"$1"
		return
	fi
	echo "generated: $1 is stale: run make generate" >&2
	diff -u "$1" "$2" >&2 || :
	stale=1
}

if [ "$(grep -xE '<!-- sites:(begin|end) -->' docs/cells.md)" != '<!-- sites:begin -->
<!-- sites:end -->' ]; then
	echo 'generated: docs/cells.md must have one line <!-- sites:begin --> and after it one line <!-- sites:end -->' >&2
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
' docs/cells.md >"$work/cells.md"
settle docs/cells.md "$work/cells.md"

out/bin/killpoint sites --notes >"$work/notes"
settle ring/CRASH_BEHAVIOR.md "$work/notes"

exit $stale

#!/bin/sh
# Runs each fuzz target of the ring for a while, one after the other, and says
# how many executions there were:
#   ci/fuzz.sh 30s FuzzPop [target]...
# The targets are built with the tag markhook, so that the hostile peer has its
# turns within operations too. What fails stays in ring/testdata/fuzz.
set -eu
cd "$(dirname "$0")/.."
if [ $# -lt 2 ]; then
	echo 'usage: ci/fuzz.sh time target...' >&2
	exit 2
fi
time=$1
shift
mkdir -p out
# The workers are killed in the end, and clean nothing up.
TMPDIR=$(mktemp -d -p /dev/shm killpoint-fuzz-XXXXXX 2>/dev/null || mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' INT TERM
for target in "$@"; do
	echo "==> $target, $time"
	"${GO:-go}" test -tags markhook -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s ./ring >out/fuzz.log 2>&1 || {
		cat out/fuzz.log
		exit 1
	}
	# With a target of that name, the log ends with a line of progress.
	if ! grep -q 'execs: [0-9]' out/fuzz.log; then
		cat out/fuzz.log
		echo "fuzz: $target was NOT run" >&2
		exit 1
	fi
	grep 'execs: [0-9]' out/fuzz.log | tail -n 1 | sed "s/^fuzz: /$target: /"
done

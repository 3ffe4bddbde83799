#!/bin/sh
# Gives a copy of the tracked files another module path, and runs the crash
# matrix and the tests of what is generated there. The copy goes in the end.
set -eu
cd "$(dirname "$0")/.."
mkdir -p out
copy=$(mktemp -d "$PWD/out/module-XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' INT TERM HUP
git ls-files -z | xargs -0 cp --parents -t "$copy"
cd "$copy"
make module MODULE=example.com/you/killpoint
if grep -rnE '(^|[^A-Za-z0-9_/.-])killpoint/(ring|harness|scenarios|cmd)' --include='*.go' .; then
	echo 'module-test: these lines have the old path still' >&2
	exit 1
fi
"${GO:-go}" vet ./...
make matrix >matrix.log || {
	cat matrix.log
	exit 1
}
tail -n 1 matrix.log
"${GO:-go}" test -count=1 ./scenarios/notes ./examples/wal ./internal/planted

#!/bin/sh
# Merges the reports of all shards, out/crash-matrix-*-of-*.json, into
# out/crash-matrix.json and out/junit.xml. Fails when a cell failed, is
# missing, or is there twice. Another folder than out may be named.
set -eu
cd "$(dirname "$0")/.."
dir=${1:-out}
set -- "$dir"/crash-matrix-*-of-*.json
if [ ! -e "$1" ]; then
	echo "merge: there is no $1: run the shards first, such as ci/shard.sh 1/2 and ci/shard.sh 2/2" >&2
	exit 1
fi
make --no-print-directory build
exec out/bin/killpoint merge --out "$dir" "$@"

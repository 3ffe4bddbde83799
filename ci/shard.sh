#!/bin/sh
# Runs one shard of the crash matrix and leaves its reports in out/:
#   ci/shard.sh 2/4 [flag of killpoint run]...
set -eu
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then
	echo 'usage: ci/shard.sh i/n [flag of killpoint run]...' >&2
	exit 2
fi
shard=$1
shift
make --no-print-directory build
exec out/bin/killpoint run --out out --shard "$shard" "$@"

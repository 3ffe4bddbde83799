#!/bin/sh
# Installs what the checks need and Go cannot bring, where it is missing: a C
# compiler for the race detector, shellcheck, and a browser for the report's
# test.
set -eu

missing=
command -v shellcheck >/dev/null || missing='shellcheck'
command -v "$(go env CC)" >/dev/null || missing="$missing gcc libc6-dev"
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then
	missing="$missing chromium fonts-dejavu-core"
fi
if [ -z "$missing" ]; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "install-tools: there is no apt-get; install by hand: $missing" >&2
	exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "install-tools: neither root nor sudo; install by hand: $missing" >&2
		exit 1
	fi
	as_root='sudo -n'
fi
# shellcheck disable=SC2086 # words are meant
{
	$as_root apt-get update -q || echo 'install-tools: going on with the package lists there are' >&2
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

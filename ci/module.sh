#!/bin/sh
# Gives the module another path, in every file that names it:
#   ci/module.sh example.com/you/killpoint
# The path is in go.mod, in imports, in tests that write programs, and in the
# documentation; all else asks the compiler for it.
set -eu
cd "$(dirname "$0")/.."
new=${1:-}
case $new in
*[!A-Za-z0-9._~/-]* | /* | */ | '')
	echo "module: '$new' is no module path: make module MODULE=example.com/you/killpoint" >&2
	exit 2
	;;
esac
go=${GO:-go}
old=$("$go" list -m)
if [ "$old" = "$new" ]; then
	echo "module: it is called $new already" >&2
	exit 0
fi
for dir in . tools page/browsertest; do
	path=$(cd "$dir" && GOWORK=off "$go" list -m)
	(cd "$dir" && "$go" mod edit -module "$new${path#"$old"}")
done
dots=$(printf %s "$old" | sed 's/[.]/\\./g')
folders='ring|harness|scenarios|cmd|bench|page|internal|examples|tools|no/such'
find . -path ./out -prune -o -path ./.git -prune -o -type f \( -name '*.go' -o -name '*.md' -o -name '*.mod' \) -print |
	while IFS= read -r file; do
		# Twice, for two of them that have one byte between them.
		sed -E -e "s#(^|[^A-Za-z0-9_/.-])$dots/($folders)\\b#\\1$new/\\2#g" \
			-e "s#(^|[^A-Za-z0-9_/.-])$dots/($folders)\\b#\\1$new/\\2#g" \
			-e "s#(require|replace) $dots( v0\\.0\\.0| =>)#\\1 $new\\2#g" "$file" >"$file.module"
		if cmp -s "$file" "$file.module"; then
			rm "$file.module"
		else
			cat "$file.module" >"$file" && rm "$file.module"
		fi
	done
gofmt -l -w . >/dev/null
"$go" vet ./ring
echo "module: $old is $new now"

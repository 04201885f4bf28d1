#!/bin/sh
# check_words.sh CHECKER DIRECTORY: what gantry-plugin-check says of some animals, so that their author finds the place.
set -u
failed=0
here=$(mktemp -d) || exit 1
trap 'rm -rf "$here"' EXIT
mkdir "$here/tmp" "$here/empty"
export TMPDIR="$here/tmp"  # a check that is cut off leaves its directories
# says PATTERN: $output has a line that the pattern matches.
says() {
  if ! printf '%s\n' "$output" | grep -q -e "$1"; then
    printf 'FAIL no line matches "%s" in:\n%s\n' "$1" "$output"
    failed=1
  fi
}

output=$("$1" --timeout 1 "$2/hanging-call.so" 2>&1)
says '^FAIL  capabilities name a scope$'
says '^      capabilities has not come back after 1 s (--timeout)$'
says '^4 passed, 1 failed, 0 skipped$'

# One case that cannot begin does not end the suite.
output=$("$1" "$2/log-throwing-open.so" 2>&1)
says '^FAIL  lines may have any bytes$'
says '^      open let an exception out: no page is left$'
says '^FAIL  the daemon may end with streams open, and opens them again$'
says '^[0-9]* passed, 1[0-9] failed, 0 skipped$'

# A path that is not absolute is not written to.
output=$(cd "$here/empty" && "$1" "$2/relative-mount.so" 2>&1)
says '^      mount gave ".", which is no absolute path$'
rmdir "$here/empty" || failed=1

output=$("$1" --config xx "$2/newer-minor.so" 2>&1)
says '--config is no JSON object: xx$'
output=$("$1" --timeout soon "$2/newer-minor.so" 2>&1)
says '--timeout is a number of seconds$'
exit $failed

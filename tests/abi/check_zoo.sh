#!/bin/sh
# check_zoo.sh CHECKER DIRECTORY: gantry-plugin-check finds every animal wrong (exit code 1), not more.
set -u
failed=0
TMPDIR=$(mktemp -d) || exit 1  # crashes leave their directories
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
for library in "$2"/*.so; do
  "$1" --timeout 10 "$library" >/dev/null 2>&1
  code=$?
  # All of them fail cases: newer-minor is healthy but no real driver. Crashes must not reach us as signals.
  if [ $code -ne 1 ]; then
    echo "FAIL ${library##*/}: exit code $code"
    failed=1
  fi
done
exit $failed

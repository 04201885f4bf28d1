#!/bin/sh
# runtime_oci.sh CHECKER PLUGIN: the runtime suite with real containers, on a layer made of the system's static
# busybox. In a network namespace of its own: bridges and rules stay away from the host's. Exit code 77 (skipped)
# where containers cannot run.
set -eu
checker=$1 plugin=$2
skip() { echo "skipped: $1"; exit 77; }

[ "$(id -u)" = 0 ] || skip "not root"
busybox=$(command -v busybox) || skip "no busybox"
! ldd "$busybox" >/dev/null 2>&1 || skip "busybox is not static"
command -v runc >/dev/null || command -v crun >/dev/null || skip "no OCI runtime"
unshare -n true 2>/dev/null || skip "no network namespaces"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/bin" "$work/root/proc" "$work/root/dev" "$work/root/sys" "$work/root/tmp"
cp "$busybox" "$work/root/bin/busybox"
for applet in sh cat sleep true; do ln -s busybox "$work/root/bin/$applet"; done
tar -C "$work/root" -cf "$work/layer.tar" .
unshare -n "$checker" --layer "$work/layer.tar" "$plugin"

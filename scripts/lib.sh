#!/bin/bash
# Shared by scripts/up, down and test: places, packages, the build. Sourced, never run.
set -eu
REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL=$REPO/.local                                   # ignored by git: unpacked packages
RUN=${GANTRY_RUN_DIR:-/run/gantry}
STATE=${GANTRY_STATE_DIR:-/var/lib/gantry}
PIDFILE=$RUN/gantryd.pid
SOCKET=$RUN/docker.sock
DEMO=gantry-demo
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 DOCKER_CLI_HINTS=false

BUILD_PACKAGES="g++ cmake ninja-build pkg-config ccache libpoco-dev rapidjson-dev libboost-dev libboost-filesystem-dev libboost-system-dev
  libtomlplusplus-dev libarchive-dev libsqlite3-dev libssl-dev libzstd-dev zlib1g-dev libnl-3-dev libnl-route-3-dev
  libnftables-dev libseccomp-dev libldns-dev libnghttp2-dev libyaml-cpp-dev libprotobuf-dev protobuf-compiler libmsgpack-cxx-dev busybox-static"
# What containers need: crun is quicker, but refuses cgroup v1; runc takes every host. tini serves `init: true`.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then RUNTIME="crun tini"; else RUNTIME="runc tini"; fi
# Loads the profile of containers, where the kernel has use for one.
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || RUNTIME+=" apparmor"

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "$(basename "$0") must run as root"; }

missing() { local p; for p in "$@"; do dpkg-query -Wf '${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || echo "$p"; done; }
apt_quiet() { apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >"$LOCAL/apt.log" 2>&1 || { tail -20 "$LOCAL/apt.log" >&2; die "apt-get $* failed"; }; }
apt_lists() { [ -e "$LOCAL/apt-lists" ] || { mkdir -p "$LOCAL"; apt_quiet update; : >"$LOCAL/apt-lists"; }; }
install_packages() {
  local want; want=$(missing "$@" | tr '\n' ' ')
  [ -n "${want// /}" ] || return 0
  mkdir -p "$LOCAL"; rm -f "$LOCAL/apt-lists"; apt_lists
  say "installing ${want% }"
  # shellcheck disable=SC2086
  apt_quiet install -y --no-install-recommends $want
}

# Debian packages unpacked, not installed: no service of theirs may start.  unpack DIR PACKAGE...
unpack() {
  local dir=$1; shift
  [ -e "$dir/.complete" ] && return 0
  apt_lists; rm -rf "$dir"; mkdir -p "$dir/.deb"
  (cd "$dir/.deb" && apt-get -qq download "$@" >/dev/null 2>&1) || { rm -rf "$dir"; return 1; }
  local deb; for deb in "$dir"/.deb/*.deb; do dpkg -x "$deb" "$dir"; done
  rm -rf "$dir/.deb"; : >"$dir/.complete"
}

# The real docker CLI: the installed one, or the client out of Debian's docker.io.
find_docker() {
  DOCKER=$(command -v docker || true)
  if [ -z "$DOCKER" ]; then
    if [ ! -x "$LOCAL/cli/usr/bin/docker" ]; then
      say "unpacking the docker client out of Debian's docker.io"
      unpack "$LOCAL/cli" docker.io || die "apt-get download docker.io failed"
      find "$LOCAL/cli" -type f ! -path '*/usr/bin/docker' ! -name .complete -delete
    fi
    DOCKER=$LOCAL/cli/usr/bin/docker
  fi
}

build() { # PRESET [cmake options]: configures when needed, builds what changed
  local preset=$1 dir=$REPO/build/$1; shift
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DIR=${CCACHE_DIR:-$HOME/.cache/ccache} CCACHE_BASEDIR=$REPO CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_INODECACHE=1
  mkdir -p "$REPO/build"
  if [ ! -f "$dir/build.ninja" ] || [ $# -gt 0 ]; then
    (cd "$REPO" && cmake --preset "$preset" "$@") >"$REPO/build/$preset.log" 2>&1 || { tail -30 "$REPO/build/$preset.log" >&2; die "configuring $preset failed"; }
  fi
  cmake --build "$dir" >"$REPO/build/$preset.log" 2>&1 || { grep -A12 -E ' error: |^FAILED' "$REPO/build/$preset.log" | head -60 >&2; die "building $preset failed; all of it: build/$preset.log"; }
}

daemon_pid() { # of a gantryd that scripts/up started; empty when there is none
  local pid; pid=$(cat "$PIDFILE" 2>/dev/null || true)
  [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = gantryd ] && echo "$pid" || true
}
answers() { DOCKER_HOST=unix://$SOCKET "$DOCKER" version >/dev/null 2>&1; }

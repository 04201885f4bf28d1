#!/bin/sh
# headers.sh CC CXX INCLUDE [quick]: each SDK header compiles alone in every standard, without warnings.
# quick: the C++ wrapper's headers in one piece only.
set -eu
cc=$1 cxx=$2 include=$3 quick=${4:-}
flags="-I$include -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only"
units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT

cd "$include"
for header in gantry/*.h gantry/ext/*.h; do
  unit=$units/$(echo "$header" | tr / _)
  echo "#include <$header>" >"$unit.c"
  echo "#include <$header>" >"$unit.cpp"
done
for header in gantry/cpp/*.hpp; do
  [ -n "$quick" ] || echo "#include <$header>" >"$units/$(basename "$header" .hpp).cc"
  echo "#include <$header>" >>"$units/all.cxx"
done

for standard in c99 c11 c17; do $cc $flags -std=$standard "$units"/*.c; done
for standard in c++11 c++14 c++17 c++20; do $cxx $flags -std=$standard "$units"/*.cpp; done
[ -n "$quick" ] || $cxx $flags -std=c++17 "$units"/*.cc
for standard in c++17 c++20; do $cxx $flags -std=$standard "$units/all.cxx"; done

#!/bin/sh
# headers.sh CC CXX INCLUDE: each SDK header compiles alone in every standard, without warnings.
set -eu
cc=$1 cxx=$2 include=$3
flags="-I$include -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only"
failed=0

check() { # compiler language standard header
  if ! echo "#include <$4>" | $1 $flags -x "$2" "-std=$3" -; then
    echo "FAIL $4 as $3"
    failed=1
  fi
}

cd "$include"
for header in gantry/*.h gantry/ext/*.h; do
  for standard in c99 c11 c17; do check "$cc" c $standard "$header"; done
  for standard in c++11 c++14 c++17 c++20; do check "$cxx" c++ $standard "$header"; done
done
for header in gantry/cpp/*.hpp; do
  for standard in c++17 c++20; do check "$cxx" c++ $standard "$header"; done
done
exit $failed

#!/bin/sh
# A scratch gantryd for the bench, in the foreground: $SOCK $DIR $PIDFILE are given.
exec "${GANTRY_BUILD:-$(dirname "$0")/../../build/release}/bin/gantryd" --root "$DIR/root" --run-dir "$DIR/run" -H "unix://$SOCK" --pidfile "$PIDFILE"

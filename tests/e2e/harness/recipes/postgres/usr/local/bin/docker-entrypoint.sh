#!/bin/bash
# Makes the database cluster at the first start, then becomes the server as its user; the variables of the well-known image.
set -eu
[ "${1:-}" = postgres ] || exec "$@"
as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
install -d -o postgres -g postgres -m 0700 "$PGDATA"
install -d -o postgres -g postgres /run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD:-}
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(cat "$POSTGRES_PASSWORD_FILE")
  [ -n "$password" ] || { echo "Error: Database is uninitialized and superuser password is not specified." >&2; exit 1; }
  user=${POSTGRES_USER:-postgres} database=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
  secret=$(mktemp); printf '%s\n' "$password" >"$secret"; chown postgres "$secret"
  "${as_postgres[@]}" initdb --no-sync --username="$user" --pwfile="$secret" --auth-host=scram-sha-256 --auth-local=trust >/dev/null
  rm "$secret"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  [ "$database" = postgres ] || "${as_postgres[@]}" postgres --single -jE postgres <<<"CREATE DATABASE \"$database\";" >/dev/null
  echo "PostgreSQL init process complete; ready for start up."
fi
exec "${as_postgres[@]}" "$@"

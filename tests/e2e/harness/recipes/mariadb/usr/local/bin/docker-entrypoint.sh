#!/bin/bash
# Makes the system tables at the first start, then becomes the server as its user; the variables of the well-known image.
set -eu
[ "${1:-}" = mariadbd ] || exec "$@"
as_mysql=(setpriv --reuid=mysql --regid=mysql --clear-groups)
install -d -o mysql -g mysql /var/lib/mysql /run/mysqld
if [ ! -d /var/lib/mysql/mysql ]; then
  [ -n "${MARIADB_ROOT_PASSWORD:-}" ] || { echo "Database is uninitialized and password option is not specified" >&2; exit 1; }
  "${as_mysql[@]}" mariadb-install-db --user=mysql --datadir=/var/lib/mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null
  {
    echo "FLUSH PRIVILEGES;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';"
    [ -z "${MARIADB_DATABASE:-}" ] || echo "CREATE DATABASE \`$MARIADB_DATABASE\`;"
    [ -z "${MARIADB_USER:-}" ] || echo "GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';"
  } | "${as_mysql[@]}" mariadbd --bootstrap --datadir=/var/lib/mysql --skip-grant-tables
fi
exec "${as_mysql[@]}" "$@" --bind-address=0.0.0.0 --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock

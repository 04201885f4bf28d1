#!/bin/sh
# The suite for net-dns, on a port that is free.  usage: net_dns.sh gantry-plugin-check net-dns.so
set -eu
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
exec "$1" --config "{\"port\":$port}" --option "dns_port=$port" "$2"

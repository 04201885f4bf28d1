#!/bin/sh
set -e
printf '#!/bin/sh\necho "%s, $(cat /who)"\n' "$GREETING" > /usr/local/bin/greet
chmod 755 /usr/local/bin/greet

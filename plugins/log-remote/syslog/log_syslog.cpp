// log-syslog: the log driver "syslog".
#include "syslog/driver.hpp"

GANTRY_PLUGIN(log_remote::syslog::Driver, "log-syslog",
              "Syslog over UDP, TCP, TLS or a unix socket")

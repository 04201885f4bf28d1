// log-fluentd: the log driver "fluentd".
#include "fluentd/driver.hpp"

GANTRY_PLUGIN(log_remote::fluentd::Driver, "log-fluentd",
              "Fluentd's forward protocol over TCP, TLS or a unix socket")

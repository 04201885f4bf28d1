// log-gelf: the log driver "gelf".
#include "gelf/driver.hpp"

GANTRY_PLUGIN(log_remote::gelf::Driver, "log-gelf", "Graylog Extended Log Format over UDP or TCP")

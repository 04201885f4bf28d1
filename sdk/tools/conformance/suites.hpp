// The conformance suites, one per kind. Each leaves the plugin as it found it: nothing created
// stays.
#pragma once

#include "conformance/report.hpp"
#include "conformance/subject.hpp"

namespace conformance {

/// What every plugin must do: loading, creation, restart. Leaves the plugin created.
void run_every_plugin(Subject& subject, Report& report);
void run_volume(Subject& subject, Report& report);
void run_network(Subject& subject, Report& report);
void run_runtime(Subject& subject, Report& report);
void run_logging(Subject& subject, Report& report);

/// run_every_plugin and the suite of the plugin's kind.
void run_all(Subject& subject, Report& report);

}  // namespace conformance

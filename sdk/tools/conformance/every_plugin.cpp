#include "conformance/calls.hpp"
#include "conformance/suites.hpp"

namespace conformance {

void run_every_plugin(Subject& subject, Report& report) {
  report.run("create gives a plugin whose tables are complete", [&] { subject.create(); });
  if (!subject.created()) return;
  report.run("an extension nobody knows is answered with NULL", [&] {
    expect(subject.extension<void>("gantry.no.such/1") == nullptr, "a pointer came back");
  });
  report.run("destroyed and created again it works on its old directories", [&] {
    subject.restart();
    subject.restart();
  });
}

void run_all(Subject& subject, Report& report) {
  run_every_plugin(subject, report);
  if (!subject.created()) return;
  const std::string& kind = subject.described().kind;
  try {
    if (kind == GANTRY_KIND_VOLUME) run_volume(subject, report);
    if (kind == GANTRY_KIND_NETWORK) run_network(subject, report);
    if (kind == GANTRY_KIND_RUNTIME) run_runtime(subject, report);
    if (kind == GANTRY_KIND_LOGGING) run_logging(subject, report);
  } catch (const Failure& e) {
    report.run("the suite comes to its end", [&] { throw e; });
  }
  report.run("every event it sent was well-formed", [&] {
    const int malformed = subject.malformed_events();
    expect(malformed == 0, std::to_string(malformed) + " were not");
  });
}

}  // namespace conformance

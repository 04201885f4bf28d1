// The extension gantry.volume.drivers/1: a plugin that serves drivers of other names.
#include <algorithm>

#include "conformance/volume/driver.hpp"

namespace conformance {

namespace {

std::vector<std::string> names(const Subject& subject) {
  const auto array = must_array("names", ask("names", drivers_of(subject)->names, subject.self()));
  return array.strings("items");
}

}  // namespace

Outcome resolve(const Subject& subject, const std::string& name, gantry_volume_driver& driver) {
  driver.size = sizeof driver;
  const Op op;
  return call("resolve", drivers_of(subject)->resolve, subject.self(), name.c_str(),
              static_cast<const gantry_op*>(op), &driver);
}

void run_volume_drivers(Subject& subject, Report& report) {
  report.run("a driver that nobody has is not found", [&] {
    gantry_volume_driver driver{};
    for (const char* name : {"no-such-driver", "", "../escape", "a/b"})
      must("resolve", resolve(subject, name, driver), GANTRY_NOT_FOUND);
  });
  report.run("names are texts", [&] { names(subject); });
  report.run("the plugin's own table is complete and refuses", [&] {
    const auto& table = subject.table<gantry_volume>();
    const Outcome outcome = ask("list", table.list, subject.self());
    expect(outcome.status != GANTRY_OK, "list succeeded: whose volumes are these?");
  });
  const std::string& wanted = subject.settings().driver;
  if (wanted.empty()) return;
  report.run("the same name gives the same driver", [&] {
    gantry_volume_driver first{}, second{};
    must("resolve", resolve(subject, wanted, first));
    must("resolve", resolve(subject, wanted, second));
    expect(first.self == second.self && first.table == second.table, "it is another one");
    expect(first.table != nullptr, "it has no table");
    const std::string fault = gantry::sdk::gate::check_slots(
        "its table", first.table, gantry::sdk::gate::slots_of(GANTRY_KIND_VOLUME));
    expect(fault.empty(), fault);
  });
  report.run("a driver that was found is among the names", [&] {
    const auto all = names(subject);
    expect(std::find(all.begin(), all.end(), wanted) != all.end(), "it is not");
  });
}

}  // namespace conformance

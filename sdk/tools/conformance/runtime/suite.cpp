#include <random>

#include "conformance/runtime/driver.hpp"
#include "conformance/suites.hpp"

namespace conformance {

std::string fresh_id() {
  static std::random_device source;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < 64; ++i) id += kDigits[source() % 16];
  return id;
}

void run_runtime(Subject& subject, Report& report) {
  const RuntimeDriver runtime(subject);
  report.run("info is an object that names the runtime and this machine", [&] {
    const auto info = must_object("info", runtime.info());
    for (const char* key : {"name", "version", "kernel", "operating_system", "architecture"})
      expect(!info.string(key).empty() || std::string(key) == "version",
             std::string("\"") + key + "\" is missing");
    expect(info.integer("cpus") > 0, "\"cpus\" is missing");
    expect(info.integer("memory_bytes") > 0, "\"memory_bytes\" is missing");
    info.strings("warnings");
    info.strings("security_options");
    expect(info.document().HasMember("features") && info.document()["features"].IsObject(),
           "\"features\" is missing");
  });
  report.run("a container nobody created is not found, and removing it succeeds", [&] {
    const std::string id = fresh_id();
    must("state", runtime.state(id), GANTRY_NOT_FOUND);
    must("start", runtime.start(id), GANTRY_NOT_FOUND);
    must("signal", runtime.signal(id, 15), GANTRY_NOT_FOUND);
    must("resize", runtime.resize(id, 24, 80), GANTRY_NOT_FOUND);
    must("remove", runtime.remove(id));
    expect(!runtime.lists(id), "it is listed");
  });
  run_runtime_extensions(runtime, report);
  if (subject.settings().layer.empty()) {
    report.run("the life of a container", [] {
      throw Skip(
          "give a root filesystem with /bin/sh, /bin/cat and /bin/sleep by --layer FILE.tar");
    });
    return;
  }
  run_runtime_lifecycle(runtime, report);
}

}  // namespace conformance

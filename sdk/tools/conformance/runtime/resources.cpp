// Cases of a container's use and limits: stats, update, top, pause.
#include <gantry/ext/pause.h>
#include <gantry/ext/stats.h>
#include <gantry/ext/top.h>
#include <gantry/ext/update.h>

#include <algorithm>

#include "conformance/runtime/container.hpp"

namespace conformance {

namespace {

/// A member of an object in a document, or nullptr.
const rapidjson::Value* find(const gantry::sdk::Object& document, const char* object,
                             const char* member) {
  const auto outer = document.document().FindMember(object);
  if (outer == document.document().MemberEnd() || !outer->value.IsObject()) return nullptr;
  const auto inner = outer->value.FindMember(member);
  return inner == outer->value.MemberEnd() ? nullptr : &inner->value;
}

/// Runs /bin/sleep.
class Sleeper : public Container {
 public:
  explicit Sleeper(const RuntimeDriver& runtime) : Container(runtime, {"/bin/sleep", "1000"}) {}
};

void check_stats(const RuntimeDriver& runtime, const gantry_ext_stats& table) {
  const Sleeper container(runtime);
  const auto sample = [&] {
    return ask("stats", table.sample, runtime.self(), container.id().c_str());
  };
  must("stats before the start", sample(), GANTRY_CONFLICT);
  container.start();
  const auto first = must_object("stats", sample());
  for (const auto& [object, member] :
       {std::pair("cpu", "total"), std::pair("memory", "usage"), std::pair("pids", "current")}) {
    const rapidjson::Value* value = find(first, object, member);
    expect(value == nullptr || value->IsUint64(),
           std::string("\"") + object + "." + member + "\" is no number of what was used");
  }
  const rapidjson::Value* pids = find(first, "pids", "current");
  expect(pids == nullptr || pids->GetUint64() >= 1, "no process runs in a running container");
}

void check_update(const RuntimeDriver& runtime, const gantry_ext_update& table,
                  const gantry_ext_stats* stats) {
  constexpr std::uint64_t kLimit = 64;
  const std::string resources = "{\"pids\":{\"limit\":" + std::to_string(kLimit) + "}}";
  const Sleeper container(runtime);
  const auto update = [&](const std::string& document) {
    return call("update", table.update, runtime.self(), container.id().c_str(), bytes(document));
  };
  must("update before the start", update(resources), GANTRY_CONFLICT);
  container.start();
  must("update of nothing", update("{}"));
  const Outcome outcome = update(resources);
  if (outcome.status == GANTRY_UNSUPPORTED) throw Skip("this host does not limit processes");
  must("update", outcome);
  if (stats == nullptr) return;
  const auto sample =
      must_object("stats", ask("stats", stats->sample, runtime.self(), container.id().c_str()));
  const rapidjson::Value* limit = find(sample, "pids", "limit");
  expect(limit == nullptr || limit->GetUint64() == kLimit, "the new limit is not in force");
}

void check_top(const RuntimeDriver& runtime, const gantry_ext_top& table) {
  const Sleeper container(runtime);
  container.start();
  const auto pids =
      must_array("pids", ask("pids", table.pids, runtime.self(), container.id().c_str()));
  const auto& items = pids.document()["items"];
  const auto first = must_object("state", runtime.state(container.id())).integer("pid");
  expect(std::any_of(items.Begin(), items.End(),
                     [&](const rapidjson::Value& pid) { return pid.GetInt64() == first; }),
         "the first process is not among them");
}

void check_pause(const RuntimeDriver& runtime, const gantry_ext_pause& table) {
  const Sleeper container(runtime);
  container.start();
  must("pause", call("pause", table.pause, runtime.self(), container.id().c_str()));
  expect(runtime.status(container.id()) == "paused", "it is not \"paused\"");
  must("resume", call("resume", table.resume, runtime.self(), container.id().c_str()));
  expect(runtime.status(container.id()) == "running", "it is not \"running\" again");
}

}  // namespace

void run_runtime_resources(const RuntimeDriver& runtime, Report& report) {
  const Subject& subject = runtime.subject();
  const auto* stats = subject.extension<gantry_ext_stats>(GANTRY_EXT_STATS);
  if (stats != nullptr)
    report.run("stats: a running container is measured", [&] { check_stats(runtime, *stats); });
  if (const auto* update = subject.extension<gantry_ext_update>(GANTRY_EXT_UPDATE))
    report.run("update: a running container gets another limit",
               [&] { check_update(runtime, *update, stats); });
  if (const auto* top = subject.extension<gantry_ext_top>(GANTRY_EXT_TOP))
    report.run("top: the first process is among those of a container",
               [&] { check_top(runtime, *top); });
  if (const auto* pause = subject.extension<gantry_ext_pause>(GANTRY_EXT_PAUSE))
    report.run("pause: a container stands still and goes on",
               [&] { check_pause(runtime, *pause); });
}

}  // namespace conformance

// RuntimeAdapter: execs, stats, update, processes, pause.
#include "core/pluginhost/runtime_adapter.hpp"
#include "core/pluginhost/runtime_arguments.hpp"
#include "core/pluginhost/runtime_results.hpp"

namespace gantry::pluginhost {

int RuntimeAdapter::exec_start(const std::string& id, const std::string& exec_id,
                               std::string_view process, const ClientStream* stream,
                               bool open_stdin, const Op& op) {
  Sink out;
  const OpBridge bridge(op);
  gantry_stream abi{};
  if (stream) abi = to_abi(*stream);
  const auto& table = exec();
  events_.expect_exec(id);
  call(id_, "exec start", table.start, self_, id.c_str(), exec_id.c_str(), as_bytes(process),
       stream ? &abi : nullptr, open_stdin ? 1u : 0u, bridge.get(), out.get());
  const auto document = parse_result(id_, "exec start", out.take());
  return read_result(id_, "exec start", [&] { return read_pid(document.root()["pid"]); });
}

void RuntimeAdapter::exec_resize(const std::string& id, const std::string& exec_id,
                                 std::uint32_t rows, std::uint32_t columns) {
  call(id_, "exec resize", exec().resize, self_, id.c_str(), exec_id.c_str(), rows, columns);
}

void RuntimeAdapter::exec_signal(const std::string& id, const std::string& exec_id, int signal) {
  call(id_, "exec signal", exec().signal, self_, id.c_str(), exec_id.c_str(), signal);
}

std::vector<ExecState> RuntimeAdapter::exec_list(const std::string& id) {
  Sink out;
  call(id_, "exec list", exec().list, self_, id.c_str(), out.get());
  const auto document = parse_result(id_, "exec list", out.take());
  return read_result(id_, "exec list", [&] { return read_execs(document.root()); });
}

std::string RuntimeAdapter::stats(const std::string& id) {
  Sink out;
  call(id_, "stats", need(stats_, GANTRY_EXT_STATS).sample, self_, id.c_str(), out.get());
  return parse_result(id_, "stats", out.take()).root().raw();
}

void RuntimeAdapter::update(const std::string& id, std::string_view resources) {
  call(id_, "update", need(update_, GANTRY_EXT_UPDATE).update, self_, id.c_str(),
       as_bytes(resources));
}

std::vector<int> RuntimeAdapter::pids(const std::string& id) {
  Sink out;
  call(id_, "pids", need(top_, GANTRY_EXT_TOP).pids, self_, id.c_str(), out.get());
  const auto document = parse_result(id_, "pids", out.take());
  return read_result(id_, "pids", [&] { return read_pids(document.root()); });
}

bool RuntimeAdapter::can_pause() const { return pause_ != nullptr; }

void RuntimeAdapter::pause(const std::string& id) {
  call(id_, "pause", need(pause_, GANTRY_EXT_PAUSE).pause, self_, id.c_str());
}

void RuntimeAdapter::resume(const std::string& id) {
  call(id_, "resume", need(pause_, GANTRY_EXT_PAUSE).resume, self_, id.c_str());
}

}  // namespace gantry::pluginhost

#include "core/pluginhost/runtime_adapter.hpp"

#include "core/base/scope_guard.hpp"
#include "core/pluginhost/adapters.hpp"
#include "core/pluginhost/runtime_arguments.hpp"
#include "core/pluginhost/runtime_results.hpp"

namespace gantry::pluginhost {

RuntimeAdapter::RuntimeAdapter(std::string id, const gantry_plugin& plugin, EventGate& events)
    : id_(std::move(id)),
      self_(plugin.self),
      events_(events),
      table_(*static_cast<const gantry_runtime*>(plugin.table)),
      rootfs_(extension<gantry_ext_rootfs>(plugin, GANTRY_EXT_ROOTFS)),
      exec_(extension<gantry_ext_exec>(plugin, GANTRY_EXT_EXEC)),
      network_(extension<gantry_ext_network>(plugin, GANTRY_EXT_NETWORK)),
      archive_(extension<gantry_ext_archive>(plugin, GANTRY_EXT_ARCHIVE)),
      stats_(extension<gantry_ext_stats>(plugin, GANTRY_EXT_STATS)),
      update_(extension<gantry_ext_update>(plugin, GANTRY_EXT_UPDATE)),
      top_(extension<gantry_ext_top>(plugin, GANTRY_EXT_TOP)),
      pause_(extension<gantry_ext_pause>(plugin, GANTRY_EXT_PAUSE)),
      sockets_(extension<gantry_ext_sockets>(plugin, GANTRY_EXT_SOCKETS)) {}

const std::string& RuntimeAdapter::id() const { return id_; }

std::string RuntimeAdapter::info() {
  Sink out;
  call(id_, "info", table_.info, self_, out.get());
  return parse_result(id_, "info", out.take()).root().raw();
}

void RuntimeAdapter::create(const std::string& id, std::string_view spec,
                            const ContainerOptions& options, const Op& op) {
  const auto abi = to_abi(options);
  const OpBridge bridge(op);
  events_.expect(id);
  ScopeGuard unknown([&] { events_.forget(id); });
  call(id_, "create", table_.create, self_, id.c_str(), as_bytes(spec), &abi, bridge.get());
  unknown.dismiss();
}

void RuntimeAdapter::attach(const std::string& id, const ClientStream& stream) {
  const auto abi = to_abi(stream);
  call(id_, "attach", table_.attach, self_, id.c_str(), &abi);
}

Started RuntimeAdapter::start(const std::string& id, const Op& op) {
  Sink out;
  const OpBridge bridge(op);
  events_.expect(id);
  call(id_, "start", table_.start, self_, id.c_str(), bridge.get(), out.get());
  const auto document = parse_result(id_, "start", out.take());
  return read_result(id_, "start", [&] {
    return Started{read_pid(document.root()["pid"]), document.root()["started_at"].i64()};
  });
}

void RuntimeAdapter::signal(const std::string& id, int signal, bool all) {
  call(id_, "signal", table_.signal, self_, id.c_str(), signal, all ? 1u : 0u);
}

void RuntimeAdapter::resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) {
  call(id_, "resize", table_.resize, self_, id.c_str(), rows, columns);
}

void RuntimeAdapter::remove(const std::string& id, const Op& op) {
  const OpBridge bridge(op);
  call(id_, "remove", table_.remove, self_, id.c_str(), bridge.get());
  events_.forget(id);
}

std::optional<RuntimeState> RuntimeAdapter::find_state(const std::string& id) {
  Sink out;
  try {
    call(id_, "state", table_.state, self_, id.c_str(), out.get());
  } catch (const Error& e) {
    if (e.code() == Errc::not_found) return std::nullopt;
    throw;
  }
  const auto document = parse_result(id_, "state", out.take());
  return read_result(id_, "state", [&] { return read_state(document.root()); });
}

std::vector<RuntimeState> RuntimeAdapter::list() {
  Sink out;
  call(id_, "list", table_.list, self_, out.get());
  const auto document = parse_result(id_, "list", out.take());
  auto states = read_result(id_, "list", [&] { return read_states(document.root()); });
  std::vector<std::string> ids;
  ids.reserve(states.size());
  for (const auto& state : states) ids.push_back(state.id);
  events_.listed(ids);
  return states;
}

std::optional<std::string> Runtime::rootfs_find(const std::string&, const std::string&) {
  return std::nullopt;
}

void Runtime::rootfs_copy_out(const std::string&, const std::string&, const std::string&,
                              const Op&) {
  throw Error(Errc::unsupported, "runtime plugin \"" + id() + "\" does not copy out of roots");
}

std::optional<std::uint64_t> Runtime::layer_adopt(const std::string&, const std::string&,
                                                  const std::string&,
                                                  const std::vector<std::string>&, const Op&) {
  return std::nullopt;
}

std::unique_ptr<Runtime> adapt_runtime(const std::string& id, const gantry_plugin& plugin,
                                       EventGate& events) {
  return std::make_unique<RuntimeAdapter>(id, plugin, events);
}

}  // namespace gantry::pluginhost

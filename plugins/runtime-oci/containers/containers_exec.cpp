// Containers: further processes.
#include "base/error.hpp"
#include "base/json.hpp"
#include "containers/containers.hpp"
#include "containers/exec_request.hpp"

namespace gantry::oci {

int Containers::exec_start(const std::string& id, const std::string& exec_id,
                           std::string_view process, const gantry_stream* stream, bool open_stdin,
                           const Operation& op) {
  Container known = get(id);
  if (!known.filter) {
    const JsonDocument config = parse_object(bundle(id).config(), "config.json");
    known.filter = filters_.for_config(config);
    if (const Json* first = find_member(config, "process"))
      known.apparmor_profile = text_of(*first, "apparmorProfile");
    change(id, [&](Container& container) {
      container.filter = known.filter;
      container.apparmor_profile = known.apparmor_profile;
    });
  }
  if (!known.apparmor_profile.empty()) parts_.apparmor.need(known.apparmor_profile);
  ExecRequest exec(exec_id, process, {*known.filter, known.apparmor_profile}, open_stdin);
  if (stream != nullptr) exec.request.stream = attach_request(*stream);
  return ask_running(id, [&](shim::Client& client) {
    return client.exec_start(exec.request, stream == nullptr ? -1 : stream->fd, limits(op)).pid;
  });
}

void Containers::exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t rows,
                             std::uint32_t columns) {
  ask_running(id, [&](shim::Client& client) { client.exec_resize(exec_id, rows, columns); });
}

void Containers::exec_signal(const std::string& id, const std::string& exec_id, int signal) {
  ask_running(id, [&](shim::Client& client) { client.exec_signal(exec_id, signal); });
}

std::vector<sdk::ExecInfo> Containers::exec_list(const std::string& id) {
  shim::Client client = connect(id);
  std::vector<sdk::ExecInfo> infos;
  for (const shim::Client::Exec& exec : ask_shim([&] { return client.exec_list(); }))
    infos.push_back(
        {exec.id, exec.state.pid, exec.state.running != 0, exec.state.exit_code, exec.note});
  return infos;
}

}  // namespace gantry::oci

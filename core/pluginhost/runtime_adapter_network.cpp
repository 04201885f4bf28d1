// RuntimeAdapter: networks, stacks, published ports, sockets inside.
#include "core/pluginhost/runtime_adapter.hpp"
#include "core/pluginhost/runtime_arguments.hpp"

namespace gantry::pluginhost {

bool RuntimeAdapter::has_network() const { return network_ != nullptr; }

void RuntimeAdapter::network_up(std::string_view network) {
  call(id_, "network_up", data_plane().network_up, self_, as_bytes(network));
}

void RuntimeAdapter::network_down(std::string_view network) {
  call(id_, "network_down", data_plane().network_down, self_, as_bytes(network));
}

std::vector<std::string> RuntimeAdapter::used_subnets() {
  Sink out;
  call(id_, "used_subnets", data_plane().used_subnets, self_, out.get());
  return read_strings("used_subnets", out.take());
}

void RuntimeAdapter::sandbox_up(const std::string& id, std::string_view sandbox) {
  call(id_, "sandbox_up", data_plane().sandbox_up, self_, id.c_str(), as_bytes(sandbox));
}

void RuntimeAdapter::sandbox_down(const std::string& id) {
  call(id_, "sandbox_down", data_plane().sandbox_down, self_, id.c_str());
}

void RuntimeAdapter::endpoint_up(const std::string& id, std::string_view endpoint) {
  call(id_, "endpoint_up", data_plane().endpoint_up, self_, id.c_str(), as_bytes(endpoint));
}

void RuntimeAdapter::endpoint_down(const std::string& id, std::string_view endpoint) {
  call(id_, "endpoint_down", data_plane().endpoint_down, self_, id.c_str(), as_bytes(endpoint));
}

bool RuntimeAdapter::can_publish() const {
  return network_ != nullptr && network_->publish != nullptr && network_->unpublish != nullptr;
}

std::string RuntimeAdapter::publish(const std::string& id, std::string_view ports) {
  Sink out;
  call(id_, "publish", data_plane().publish, self_, id.c_str(), as_bytes(ports), out.get());
  return parse_result(id_, "publish", out.take()).root().raw();
}

void RuntimeAdapter::unpublish(const std::string& id) {
  call(id_, "unpublish", data_plane().unpublish, self_, id.c_str());
}

bool RuntimeAdapter::can_open_inside() const { return sockets_ != nullptr; }

void RuntimeAdapter::open_inside(const std::string& id, const std::string& address,
                                 std::uint32_t port,
                                 const std::function<void(const InsideSockets&)>& take) {
  InsideCall inside{take, nullptr};
  const gantry_inside_sink sink{sizeof sink, 0, &inside, &InsideCall::call};
  call(id_, "open sockets", need(sockets_, GANTRY_EXT_SOCKETS).open, self_, id.c_str(),
       address.c_str(), port, &sink);
  if (inside.failure) std::rethrow_exception(inside.failure);
}

}  // namespace gantry::pluginhost

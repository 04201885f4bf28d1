#include "core/ports/forwarder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/ports/tcp_forwarder.hpp"
#include "core/ports/udp_forwarder.hpp"

namespace gantry::ports {
namespace {

namespace asio = boost::asio;

asio::ip::address address_of(const std::string& text) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) throw Error(Errc::invalid, "invalid address: \"" + text + "\"");
  return address;
}

[[noreturn]] void fail(const ForwardedPort& port, const boost::system::error_code& error) {
  throw Error(error.value() == EADDRINUSE ? Errc::conflict : Errc::internal,
              "failed to bind host port for " + port.host_ip + ":" +
                  std::to_string(port.host_port) + ":" + port.target_ip + ":" +
                  std::to_string(port.target_port) + "/" + port.protocol + ": " + error.message(),
              error.value());
}

}  // namespace

struct Forwarder::Impl {
  explicit Impl(const ForwarderLimits& l) : limits(l) {}

  /// Runs it on the thread of all ports, and waits.
  void on_thread(const std::function<void()>& call) {
    std::packaged_task<void()> task(call);
    asio::post(context, [&] { task(); });
    task.get_future().get();
  }

  struct Ports {
    std::vector<std::unique_ptr<TcpForwarder>> tcp;
    std::vector<std::unique_ptr<UdpForwarder>> udp;
  };
  void open(Ports& ports, const ForwardedPort& port);
  void begin_thread();

  const ForwarderLimits limits;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::mutex mutex;
  std::multimap<std::string, Ports> by_container;  // guarded by mutex
  std::thread thread;                              // guarded by mutex
};

void Forwarder::Impl::open(Ports& ports, const ForwardedPort& port) {
  const auto host = address_of(port.host_ip), target = address_of(port.target_ip);
  const auto host_port = static_cast<unsigned short>(port.host_port);
  const auto target_port = static_cast<unsigned short>(port.target_port);
  try {
    if (port.protocol == "tcp")
      ports.tcp.push_back(std::make_unique<TcpForwarder>(
          context, asio::ip::tcp::endpoint(host, host_port),
          asio::ip::tcp::endpoint(target, target_port), limits.connections));
    else if (port.protocol == "udp")
      ports.udp.push_back(std::make_unique<UdpForwarder>(
          context, asio::ip::udp::endpoint(host, host_port),
          asio::ip::udp::endpoint(target, target_port), limits.sessions, limits.session_time));
    else
      throw Error(Errc::unsupported, "forwarding " + port.protocol + " ports is not supported");
  } catch (const boost::system::system_error& error) {
    fail(port, error.code());
  }
}

void Forwarder::Impl::begin_thread() {
  if (thread.joinable()) return;
  thread = std::thread([this] {
    for (;;) {
      try {
        context.run();
        return;
      } catch (const std::exception& error) {
        // No memory for one connection: the others go on.
        log::error(std::string("forwarding ports: ") + error.what());
      }
    }
  });
}

Forwarder::Forwarder(ForwarderLimits limits) : impl_(std::make_unique<Impl>(limits)) {}

Forwarder::~Forwarder() {
  Impl& impl = *impl_;
  impl.context.stop();
  if (impl.thread.joinable()) impl.thread.join();
  // Handlers that never ran go with the context, after what they would work on: they hold it.
  impl.by_container.clear();
}

void Forwarder::publish(const std::string& container, const std::vector<ForwardedPort>& ports) {
  Impl& impl = *impl_;
  Impl::Ports opened;
  for (const ForwardedPort& port : ports) impl.open(opened, port);
  const std::lock_guard lock(impl.mutex);
  impl.begin_thread();
  const auto entry = impl.by_container.emplace(container, std::move(opened));
  ScopeGuard undo([&] { impl.on_thread([&] { impl.by_container.erase(entry); }); });
  impl.on_thread([&] {
    for (const auto& tcp : entry->second.tcp) tcp->start();
    for (const auto& udp : entry->second.udp) udp->start();
  });
  undo.dismiss();
}

void Forwarder::unpublish(const std::string& container) noexcept {
  Impl& impl = *impl_;
  const std::lock_guard lock(impl.mutex);
  const auto [first, last] = impl.by_container.equal_range(container);
  if (first == last) return;
  impl.on_thread([&, begin = first, end = last] { impl.by_container.erase(begin, end); });
}

}  // namespace gantry::ports

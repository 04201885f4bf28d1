#include "resolver/control.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <gantry/cpp/network.hpp>

#include "protocol/sockets.hpp"

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

constexpr int kSendSeconds = 5;  // a plugin that does not read is taken for dead
constexpr std::int64_t kAcceptAgainMs = 1000;

UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

}  // namespace

/// The socket on which the next plugin appears.
class Control::Newcomer final : public Handler {
 public:
  explicit Newcomer(Control& control) : control_(control) { watch(); }
  ~Newcomer() override {
    control_.timers_.stop(timer_);
    control_.poller_.remove(control_.listener_.get());
  }
  void ready() override {
    if (!control_.accept_plugin()) rest();
  }

 private:
  void watch() { control_.poller_.add(control_.listener_.get(), *this); }
  // It would be ready again at once.
  void rest() {
    control_.poller_.remove(control_.listener_.get());
    timer_ = control_.timers_.start(kAcceptAgainMs, [this] { watch(); });
  }

  Control& control_;
  Timers::Id timer_ = 0;
};

class Control::Life final : public Handler {
 public:
  Life(Control& control, std::string container, int fd)
      : control_(control), container_(std::move(container)), fd_(fd) {
    control_.poller_.add(fd_, *this);
  }
  ~Life() override { control_.poller_.remove(fd_); }
  void ready() override { control_.container_ended(container_); }

 private:
  Control& control_;
  const std::string container_;
  const int fd_;
};

Control::Control(UniqueFd plugin, UniqueFd listener, std::string stamp, Service& service,
                 Poller& poller, Timers& timers)
    : stamp_(std::move(stamp)),
      service_(service),
      poller_(poller),
      timers_(timers),
      listener_(std::move(listener)) {
  if (listener_) newcomer_ = std::make_unique<Newcomer>(*this);
  set_plugin(std::move(plugin));
  service_.before_answer = [this] { take_messages(); };
}

Control::~Control() {
  service_.before_answer = [] {};
  if (plugin_) poller_.remove(plugin_.fd());
}

void Control::set_plugin(UniqueFd socket) {
  if (plugin_) poller_.remove(plugin_.fd());
  const timeval limit{kSendSeconds, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  plugin_ = Channel(std::move(socket));
  if (plugin_) poller_.add(plugin_.fd(), *this);
}

bool Control::accept_plugin() {
  UniqueFd socket = accept_connection(listener_.get());
  if (!socket) return false;
  // One engine has the directory of the socket at a time: the former one is gone.
  set_plugin(std::move(socket));
  return true;
}

void Control::take_messages() {
  while (plugin_ && !done_) {
    bool ended = false;
    auto message = plugin_.try_receive(ended);
    if (message) {
      try {
        take(*message);
      } catch (const std::exception& error) {  // one message; the others go on
        tell(net_dns::message("log", {{"level", "error"}, {"text", error.what()}}));
      }
      continue;
    }
    if (!ended) return;
    set_plugin({});
    end_if_idle();
  }
}

void Control::tell(std::string_view text, const std::vector<int>& fds) {
  if (!plugin_) return;
  try {
    plugin_.send(text, fds);
  } catch (const std::system_error&) {
    plugin_.shut_down();  // take_messages() sees the end
  }
}

void Control::take(Message& message) {
  const sdk::Object object(message.text);
  const std::string op = object.string("op"), id = object.string("id");
  if (take_about_names(op, object)) return;
  if (op == "settings") {
    settings_ = read_settings(object.string("settings"));
    service_.host_servers().configure(settings_);
  } else if (op == "container") {
    service_.set_container(read_container_settings(object.string("container")));
  } else if (op == "no_container") {
    close_inside(id);
    service_.forget_container(id);
  } else if (op == "inside") {
    set_inside(id, object.string("serial"), std::move(message.fds));
  } else if (op == "gateway") {
    set_gateway(id, std::move(message.fds));
  } else if (op == "no_gateway") {
    close_gateway(id);
    retired_gateways_.push_back(id);
  } else if (op == "serve") {
    serve();
  } else if (op == "hello") {
    tell_all();
  } else if (op == "quit") {
    done_ = true;
  }
}

bool Control::take_about_names(const std::string& op, const sdk::Object& object) {
  Zone& zone = service_.zone();
  if (op == "network")
    zone.set_network(sdk::detail::read_network(object.string("network")));
  else if (op == "no_network")
    zone.remove_network(object.string("id"));
  else if (op == "member")
    zone.set_member(object.string("network"), sdk::detail::read_member(object.string("member")));
  else if (op == "no_member")
    zone.remove_member(object.string("network"), object.string("container"));
  else
    return false;
  return true;
}

void Control::tell_all() {
  tell(message("settings", {{"settings", to_json(settings_)}}));
  service_.zone().each(
      [&](const sdk::Network& network) {
        tell(message("network", {{"network", to_json(network)}}));
      },
      [&](const std::string& network, const sdk::Member& member) {
        tell(message("member", {{"network", network}, {"member", to_json(member)}}));
      });
  service_.each_container([&](const ContainerSettings& container) {
    tell(message("container", {{"container", to_json(container)}}));
  });
  for (const auto& [id, entrance] : inside_) {
    std::vector<int> fds{entrance.udp.get(), entrance.tcp.get()};
    if (entrance.life_fd) fds.push_back(entrance.life_fd.get());
    tell(message("inside", {{"id", id}, {"serial", entrance.serial}}), fds);
  }
  for (const auto& [id, entrance] : gateways_)
    tell(message("gateway", {{"id", id}}), {entrance.udp.get(), entrance.tcp.get()});
  tell(message("end", {{"stamp", stamp_}}));
}

void Control::set_inside(const std::string& container, const std::string& serial,
                         std::vector<UniqueFd> fds) {
  if (fds.size() < 2) return;
  close_inside(container);
  Entrance& entrance = inside_[container];
  entrance.serial = serial;
  entrance.udp = std::move(fds[0]);
  entrance.tcp = std::move(fds[1]);
  if (fds.size() > 2) {
    entrance.life_fd = std::move(fds[2]);
    entrance.life = std::make_unique<Life>(*this, container, entrance.life_fd.get());
  }
  if (serving_) open_inside(container, entrance);
}

void Control::set_gateway(const std::string& network, std::vector<UniqueFd> fds) {
  if (fds.size() < 2) return;
  close_gateway(network);
  Entrance& entrance = gateways_[network];
  entrance.udp = std::move(fds[0]);
  entrance.tcp = std::move(fds[1]);
  if (serving_) open_gateway(network, entrance);
}

void Control::open(Entrance& entrance, WhoAsks who) {
  entrance.udp_door = std::make_unique<UdpDoor>(copy_of(entrance.udp), who, service_, poller_);
  entrance.tcp_door =
      std::make_unique<TcpDoor>(copy_of(entrance.tcp), std::move(who), service_, poller_, timers_);
}

void Control::open_inside(const std::string& container, Entrance& entrance) {
  const AskerPtr asker = service_.asker(container);
  asker->inside_socket = entrance.udp.get();
  open(entrance, [asker](const SocketAddress&) { return asker; });
}

void Control::open_gateway(const std::string& network, Entrance& entrance) {
  service_.add_own_address(local_address(entrance.udp.get()));
  entrance.is_own_address = true;
  open(entrance, [this, network](const SocketAddress& peer) -> AskerPtr {
    const auto address = address_of(peer.storage);
    const auto container = address ? service_.zone().find_member(network, *address) : std::nullopt;
    return container ? service_.asker(*container) : nullptr;
  });
}

void Control::serve() {
  if (std::exchange(serving_, true)) return;
  for (auto& [id, entrance] : inside_) open_inside(id, entrance);
  for (auto& [id, entrance] : gateways_) open_gateway(id, entrance);
}

void Control::close_inside(const std::string& container) {
  const auto it = inside_.find(container);
  if (it == inside_.end()) return;
  if (const AskerPtr asker = service_.find_asker(container)) asker->inside_socket = -1;
  retired_.push_back(std::move(it->second));
  inside_.erase(it);
}

void Control::close_gateway(const std::string& network) {
  const auto it = gateways_.find(network);
  if (it == gateways_.end()) return;
  if (it->second.is_own_address) service_.remove_own_address(local_address(it->second.udp.get()));
  retired_.push_back(std::move(it->second));
  gateways_.erase(it);
}

void Control::container_ended(const std::string& container) {
  const std::string serial = inside_[container].serial;
  close_inside(container);
  if (plugin_) {
    tell(message("ended", {{"id", container}, {"serial", serial}}));
    return;
  }
  // Nobody else will say that its names are gone.
  service_.zone().remove_container(container);
  service_.forget_container(container);
  end_if_idle();
}

void Control::end_if_idle() {
  if (!plugin_ && inside_.empty() && gateways_.empty()) done_ = true;
}

void Control::tidy() {
  retired_.clear();
  for (const auto& network : std::exchange(retired_gateways_, {}))
    tell(message("gateway_closed", {{"id", network}}));
}

}  // namespace net_dns

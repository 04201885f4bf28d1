#include "subscriptions.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "client.hpp"
#include "wire.hpp"

namespace gantry::shim {

struct Subscriptions::Source {
  std::string id;
  std::uint64_t key = 0;
  UniqueFd socket;
  std::string input;  // bytes of an event that is not complete yet
};

namespace {

// Whether an exit is among the complete events.
bool tells_of_end(std::string_view input) {
  Header header;
  while (input.size() >= sizeof header) {
    std::memcpy(&header, input.data(), sizeof header);
    input.remove_prefix(sizeof header);
    if (header.magic != kMagic || header.size > input.size()) return false;
    Decoder decoder(input.substr(0, header.size));
    input.remove_prefix(header.size);
    if (header.type != static_cast<std::uint32_t>(Type::event)) continue;
    Event event;
    event.fields(decoder);
    if (decoder.ok() && event.kind == static_cast<std::uint32_t>(EventKind::exit)) return true;
  }
  return false;
}

}  // namespace

Subscriptions::Subscriptions(EventHandler& handler)
    : handler_(handler),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (!epoll_ || !wake_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    throw ShimError(GANTRY_INTERNAL, errno, "supervisor: epoll");
  }
  thread_ = std::thread([this] { run(); });
}

Subscriptions::~Subscriptions() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
  thread_.join();
}

void Subscriptions::add(const std::string& id, UniqueFd connection) {
  auto source = std::make_shared<Source>();
  source->id = id;
  source->socket = std::move(connection);
  const std::lock_guard lock(mutex_);
  source->key = next_key_++;
  if (auto old = by_id_.find(id); old != by_id_.end()) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, old->second->socket.get(), nullptr);
    by_key_.erase(old->second->key);
  }
  by_id_[id] = source;
  by_key_[source->key] = source;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = source->key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, source->socket.get(), &event) != 0) {
    const int error = errno;
    by_id_.erase(id);
    by_key_.erase(source->key);
    throw ShimError(GANTRY_INTERNAL, error, "supervisor: epoll");
  }
}

void Subscriptions::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->socket.get(), nullptr);
  by_key_.erase(found->second->key);
  by_id_.erase(found);
}

void Subscriptions::run() {
  for (;;) {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_.get(), events, 64, -1);
    std::vector<std::pair<std::shared_ptr<Source>, bool>> ready;
    std::vector<std::string> ended;
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == 0) return;
      std::shared_ptr<Source> source = find(events[i].data.u64);
      if (!source) continue;
      const bool open = receive(*source);
      if (tells_of_end(source->input)) ended.push_back(source->id);
      ready.emplace_back(std::move(source), open);
    }
    if (ended.size() > 1) handler_.on_ends(ended);
    for (const auto& [source, open] : ready)
      if (find(source->key)) handle(*source, open);  // else it was removed meanwhile
  }
}

std::shared_ptr<Subscriptions::Source> Subscriptions::find(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

// False: the shim has closed the connection.
bool Subscriptions::receive(Source& source) const {
  char buffer[4096];
  const ssize_t n = ::recv(source.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (n > 0) source.input.append(buffer, static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void Subscriptions::handle(Source& source, bool open) {
  while (deliver(source)) {
  }
  if (open && source.socket) return;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(source.key);
    if (found == by_key_.end()) return;  // removed meanwhile
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, source.socket.get(), nullptr);
    if (auto by_id = by_id_.find(source.id);
        by_id != by_id_.end() && by_id->second.get() == &source) {
      by_id_.erase(by_id);
    }
    by_key_.erase(found);
  }
  handler_.on_closed(source.id);
}

// Takes one event out of source.input; false when there is none complete.
bool Subscriptions::deliver(Source& source) {
  Header header;
  if (source.input.size() < sizeof header) return false;
  std::memcpy(&header, source.input.data(), sizeof header);
  if (header.magic != kMagic || header.size > kMaxBody) {
    source.socket.reset();
    return false;
  }
  if (source.input.size() - sizeof header < header.size) return false;
  if (header.type == static_cast<std::uint32_t>(Type::reply)) handler_.on_subscribed(source.id);
  if (header.type == static_cast<std::uint32_t>(Type::event)) {
    Decoder decoder(std::string_view(source.input).substr(sizeof header, header.size));
    Event event;
    event.fields(decoder);
    if (decoder.ok()) {
      handler_.on_event(source.id, event);
      std::string ack;
      Ack body{event.sequence};
      body.fields(Encoder<std::string>(ack));
      const Header ack_header{kMagic, static_cast<std::uint32_t>(Type::ack),
                              static_cast<std::uint32_t>(ack.size()), 0};
      ack.insert(0, reinterpret_cast<const char*>(&ack_header), sizeof ack_header);
      // 24 bytes into an empty socket buffer: never partial. A dead shim is noticed by recv.
      [[maybe_unused]] const ssize_t n =
          ::send(source.socket.get(), ack.data(), ack.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }
  source.input.erase(0, sizeof header + header.size);
  return true;
}

}  // namespace gantry::shim

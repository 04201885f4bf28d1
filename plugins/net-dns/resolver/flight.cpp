#include "resolver/flight.hpp"

#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "resolver/netns.hpp"
#include "resolver/random.hpp"

namespace net_dns {

namespace {

/// Docker goes on to the next server unless the answer is good or says for certain that there is
/// no such name.
bool is_final(const ldns_pkt& answer) {
  const auto rcode = ::ldns_pkt_get_rcode(&answer);
  return rcode == LDNS_RCODE_NOERROR || (rcode == LDNS_RCODE_NXDOMAIN && ::ldns_pkt_aa(&answer));
}

bool repeats(const Question& asked, const ldns_pkt& answer) {
  const auto question = question_of(answer);
  return question && question->name == asked.name && question->type == asked.type &&
         question->klass == asked.klass && question->name_size == asked.name_size;
}

#ifdef MSG_NOSIGNAL
constexpr int kQueryFlags = MSG_NOSIGNAL;
#else
constexpr int kQueryFlags = 0;
#endif

}  // namespace

Flight::Flight(Forwarder& forwarder, std::string key, Errand&& errand)
    : forwarder_(forwarder),
      key_(std::move(key)),
      errand_(std::move(errand)),
      attempts_(forwarder.in_order(errand_.servers)) {
  // A packet may get lost: a lone server is asked twice.
  if (attempts_.size() == 1 && !errand_.client.tcp) attempts_.push_back(attempts_.front());
  if (attempts_.size() > Forwarder::kMostAttempts) attempts_.resize(Forwarder::kMostAttempts);
}

Flight::~Flight() { land(); }

void Flight::land() {
  close_socket();
  forwarder_.timers_.stop(timer_);
}

void Flight::close_socket() {
  if (!socket_) return;
  forwarder_.poller_.remove(socket_.get());
  socket_.reset();
}

void Flight::start() {
  ends_ = Timers::now_ms() + Forwarder::kTotalMs;
  next_attempt();
}

void Flight::next_attempt() {
  forwarder_.timers_.stop(timer_);
  while (attempt_ < attempts_.size()) {
    ++attempt_;
    if (!open_attempt()) continue;
    const std::int64_t left = std::max<std::int64_t>(ends_ - Timers::now_ms(), 1);
    const bool last = attempt_ == attempts_.size();
    timer_ = forwarder_.timers_.start(last ? left : std::min(left, Forwarder::kAttemptMs),
                                      [this] { attempt_failed(true); });
    return;
  }
  forwarder_.finish(*this, last_);
}

void Flight::attempt_failed(bool avoid) {
  if (avoid) forwarder_.avoid(attempts_[attempt_ - 1]);
  close_socket();
  if (Timers::now_ms() >= ends_) attempt_ = attempts_.size();
  next_attempt();
}

bool Flight::open_attempt() {
  close_socket();
  const SocketAddress& server = attempts_[attempt_ - 1];
  const bool tcp = errand_.client.tcp;
  UniqueFd fd =
      make_socket(server.storage.ss_family, tcp ? SOCK_STREAM : SOCK_DGRAM, errand_.beside);
  if (!fd) return false;
  if (::connect(fd.get(), server.get(), server.size) != 0 && errno != EINPROGRESS) return false;
  socket_ = std::move(fd);
  id_ = random_id();
  Bytes query = errand_.query;
  set_id(query, id_);
  in_.clear();
  sent_ = 0;
  if (tcp) {
    out_ = {static_cast<std::uint8_t>(query.size() >> 8), static_cast<std::uint8_t>(query.size())};
    out_.insert(out_.end(), query.begin(), query.end());
  } else if (::send(socket_.get(), query.data(), query.size(), kQueryFlags) < 0) {
    socket_.reset();
    return false;
  }
  try {
    forwarder_.poller_.add(socket_.get(), *this,
                           tcp ? Poller::Interest::write : Poller::Interest::read);
  } catch (const std::system_error&) {  // the user watches as many as the system lets him
    socket_.reset();
    return false;
  }
  return true;
}

void Flight::ready() {
  if (errand_.client.tcp)
    continue_tcp();
  else
    receive_udp();
}

void Flight::receive_udp() {
  static std::uint8_t bytes[kLargestMessage];
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (size < 0) return attempt_failed(true);  // nobody listens there
    // Anything else that came is forged or late: the right one may still come.
    if (take_answer(bytes, static_cast<std::size_t>(size))) return;
  }
}

bool Flight::flush() {
  while (sent_ < out_.size()) {
    const ssize_t size =
        ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, kQueryFlags);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    sent_ += static_cast<std::size_t>(size);
    if (sent_ == out_.size()) forwarder_.poller_.change(socket_.get(), Poller::Interest::read);
  }
  return true;
}

void Flight::continue_tcp() {
  if (sent_ < out_.size()) {
    if (!flush()) attempt_failed(true);
    return;
  }
  std::uint8_t bytes[4096];
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (size <= 0) return attempt_failed(true);
    in_.insert(in_.end(), bytes, bytes + size);
    if (in_.size() < 2) continue;
    const std::size_t length = static_cast<std::size_t>(in_[0]) << 8 | in_[1];
    if (in_.size() < 2 + length) continue;
    if (!take_answer(in_.data() + 2, length)) attempt_failed(true);
    return;
  }
}

bool Flight::take_answer(const std::uint8_t* bytes, std::size_t size) {
  const PacketPtr answer = parse(bytes, size);
  if (!answer || ::ldns_pkt_id(answer.get()) != id_ || !::ldns_pkt_qr(answer.get())) return false;
  const auto rcode = ::ldns_pkt_get_rcode(answer.get());
  // Some servers refuse without repeating the question.
  const bool refusal = ::ldns_pkt_qdcount(answer.get()) == 0 && rcode != LDNS_RCODE_NOERROR &&
                       rcode != LDNS_RCODE_NXDOMAIN;
  if (!refusal && !repeats(errand_.question, *answer)) return false;
  Bytes copy(bytes, bytes + size);
  if (!is_final(*answer)) {
    // The first "no such name" is worth more than a later refusal.
    if (!refusal && (last_.empty() || rcode == LDNS_RCODE_NXDOMAIN)) last_ = std::move(copy);
    const bool repeated =
        attempt_ < attempts_.size() && attempts_[attempt_] == attempts_[attempt_ - 1];
    if (repeated) attempt_ = attempts_.size();  // it would say the same again
    attempt_failed(false);
    return true;
  }
  forwarder_.learnt_(errand_.scope, errand_.question, *answer, copy);
  forwarder_.finish(*this, copy);
  return true;
}

}  // namespace net_dns

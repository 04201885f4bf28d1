#include "resolver/forwarder.hpp"

#include <algorithm>
#include <cstring>

#include "resolver/flight.hpp"

namespace net_dns {

namespace {

/// Equal questions: all of the message but its id and the case of letters in the name.
std::string key_of(const Errand& errand) {
  std::string key = errand.scope + (errand.client.tcp ? "\nt" : "\nu");
  const auto start = key.size();
  key.append(errand.query.begin() + 2, errand.query.end());
  const auto name = start + kHeaderSize - 2;
  for (std::size_t i = name; i < name + errand.question.name_size && i < key.size(); ++i)
    if (key[i] >= 'A' && key[i] <= 'Z') key[i] = static_cast<char>(key[i] - 'A' + 'a');
  return key;
}

/// The answer as this client's: its id, and its question as it wrote it. Answer and query are
/// known to have the same question of the same length behind their headers.
Bytes made_out_to(const Bytes& answer, const Bytes& query, std::size_t name_size) {
  Bytes own = answer;
  std::memcpy(own.data(), query.data(), 2);
  if (own.size() >= kHeaderSize + name_size && query.size() >= kHeaderSize + name_size)
    std::memcpy(own.data() + kHeaderSize, query.data() + kHeaderSize, name_size);
  return own;
}

}  // namespace

Forwarder::Forwarder(Poller& poller, Timers& timers, Deliver deliver, Learnt learnt)
    : poller_(poller), timers_(timers), deliver_(std::move(deliver)), learnt_(std::move(learnt)) {}

Forwarder::~Forwarder() = default;

bool Forwarder::ask(Errand errand) {
  landed_.clear();
  // Some who get no answers leave room for the others.
  const std::size_t most =
      flights_.size() < kMostFlights / 2 ? kMostClientsOfAsker : kMostOfAskerInACrowd;
  if (errand.servers.empty() || clients_ >= kMostClients || errand.asker->waiting >= most)
    return false;
  std::string key = key_of(errand);
  auto it = flights_.find(key);
  const bool is_new = it == flights_.end();
  if (is_new && flights_.size() >= kMostFlights) return false;
  Flight::Waiting waiting{errand.client, errand.asker, errand.query};
  ++clients_;
  ++errand.asker->waiting;
  if (is_new)
    it = flights_.emplace(key, std::make_unique<Flight>(*this, key, std::move(errand))).first;
  Flight& flight = *it->second;
  flight.waiting().push_back(std::move(waiting));
  if (is_new) flight.start();
  return true;
}

void Forwarder::finish(Flight& flight, const Bytes& answer) {
  const auto it = flights_.find(flight.key());
  landed_.push_back(std::move(it->second));
  flights_.erase(it);
  flight.land();
  const std::size_t name_size = flight.errand().question.name_size;
  for (auto& waiting : flight.waiting()) {
    --clients_;
    --waiting.asker->waiting;
    if (!answer.empty()) {
      deliver_(waiting.client, made_out_to(answer, waiting.query, name_size));
    } else if (const PacketPtr query = parse(waiting.query.data(), waiting.query.size())) {
      deliver_(waiting.client, bare_reply(*query, LDNS_RCODE_SERVFAIL));
    }
  }
}

void Forwarder::avoid(const SocketAddress& server) {
  const std::int64_t until = Timers::now_ms() + kAvoidMs;
  for (auto& [avoided, time] : avoided_)
    if (avoided == server) {
      time = until;
      return;
    }
  avoided_.emplace_back(server, until);
}

std::vector<SocketAddress> Forwarder::in_order(const std::vector<SocketAddress>& servers) {
  std::vector<SocketAddress> ordered = servers;
  if (avoided_.empty()) return ordered;
  const std::int64_t now = Timers::now_ms();
  avoided_.remove_if([&](const auto& avoided) { return avoided.second <= now; });
  std::stable_partition(ordered.begin(), ordered.end(), [&](const SocketAddress& server) {
    return std::none_of(avoided_.begin(), avoided_.end(),
                        [&](const auto& avoided) { return avoided.first == server; });
  });
  return ordered;
}

}  // namespace net_dns

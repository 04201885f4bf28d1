// Asks servers outside: one after the other until one answers, over the transport that the client
// used. The same question of several clients is asked once. Every attempt has a socket of its own
// – the kernel picks a random port and lets only that server's packets in – and a random id; what
// does not repeat the question is ignored (RFC 5452). Bounded in questions, clients and time.
// One thread.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/asker.hpp"
#include "resolver/client.hpp"
#include "resolver/packet.hpp"
#include "resolver/poller.hpp"
#include "resolver/timers.hpp"

namespace net_dns {

class Flight;

/// One question to be asked.
struct Errand {
  Bytes query;
  Question question;
  Client client;
  AskerPtr asker;
  std::string scope;                   // of equal questions and their cached answers
  std::vector<SocketAddress> servers;  // in this order
  int beside = -1;                     // socket in whose network stack they are asked; -1: ours
};

class Forwarder {
 public:
  static constexpr std::size_t kMostFlights = 1024;
  static constexpr std::size_t kMostClients = 4096;
  static constexpr std::size_t kMostClientsOfAsker = 512;
  static constexpr std::size_t kMostOfAskerInACrowd = 128;  // half of the flights are taken
  static constexpr std::size_t kMostAttempts = 5;
  static constexpr std::int64_t kAttemptMs = 1200;  // while another attempt remains
  static constexpr std::int64_t kTotalMs = 4800;    // clients ask again after five seconds
  static constexpr std::int64_t kAvoidMs = 10000;   // a server that did not answer is asked last

  /// `deliver`: the answer for one client, its id and question as the client wrote them.
  /// `learnt`: an answer that may be kept, by cache key.
  using Deliver = std::function<void(const Client&, const Bytes&)>;
  using Learnt =
      std::function<void(const std::string& scope, const Question&, const ldns_pkt&, const Bytes&)>;
  Forwarder(Poller& poller, Timers& timers, Deliver deliver, Learnt learnt);
  ~Forwarder();

  /// False: too much is under way, or there is nobody to ask.
  bool ask(Errand errand);

 private:
  friend class Flight;
  /// `answer` empty: nobody answered.
  void finish(Flight& flight, const Bytes& answer);
  void avoid(const SocketAddress& server);
  std::vector<SocketAddress> in_order(const std::vector<SocketAddress>& servers);

  Poller& poller_;
  Timers& timers_;
  const Deliver deliver_;
  const Learnt learnt_;
  std::unordered_map<std::string, std::unique_ptr<Flight>> flights_;
  std::vector<std::unique_ptr<Flight>> landed_;                // may still be on the stack
  std::list<std::pair<SocketAddress, std::int64_t>> avoided_;  // until when
  std::size_t clients_ = 0;
};

}  // namespace net_dns

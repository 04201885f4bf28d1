// One question on its way to servers outside. One thread.
#pragma once

#include <string>
#include <vector>

#include "resolver/forwarder.hpp"

namespace net_dns {

class Flight final : public Handler {
 public:
  Flight(Forwarder& forwarder, std::string key, Errand&& errand);
  ~Flight() override;

  const std::string& key() const { return key_; }
  /// The first attempt. Afterwards it may be over.
  void start();
  /// It is over: lets go of socket and timer.
  void land();

  struct Waiting {
    Client client;
    AskerPtr asker;
    Bytes query;
  };
  std::vector<Waiting>& waiting() { return waiting_; }
  const Errand& errand() const { return errand_; }

  void ready() override;

 private:
  void next_attempt();
  bool open_attempt();
  void close_socket();
  void attempt_failed(bool avoid);
  void receive_udp();
  void continue_tcp();
  bool flush();
  /// False: not an answer to our question.
  bool take_answer(const std::uint8_t* bytes, std::size_t size);

  Forwarder& forwarder_;
  const std::string key_;
  Errand errand_;
  std::vector<SocketAddress> attempts_;
  std::size_t attempt_ = 0;  // number of the one under way, from 1
  std::int64_t ends_ = 0;
  UniqueFd socket_;
  std::uint16_t id_ = 0;
  Timers::Id timer_ = 0;
  Bytes out_, in_;  // TCP
  std::size_t sent_ = 0;
  Bytes last_;  // of a server that could not help
  std::vector<Waiting> waiting_;
};

}  // namespace net_dns

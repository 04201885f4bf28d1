// Lines as messages of Fluentd's forward protocol, [tag, time, record, option] in MessagePack, and
// the acknowledgements that come back. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>

#include "fluentd/acknowledgements.hpp"
#include "fluentd/options.hpp"
#include "net/outlet.hpp"

namespace log_remote::fluentd {

class Messages final : public Wire {
 public:
  Messages(const Settings& settings, const gantry::sdk::LogSource& source);

  void encode(const gantry::sdk::LogLine& line, Packets& out) override;
  bool is_acknowledged() const override { return request_ack_; }
  void forget_acknowledgements() override;
  void await_acknowledgement(Connection& connection, const gantry::sdk::Op& op) override;

 private:
  using Record = std::map<std::string, std::string, std::less<>>;

  Record record(const gantry::sdk::LogLine& line);
  /// What the pieces of one long line have in common, the same again when they are sent again.
  std::string partial_id(const gantry::sdk::LogLine& line);
  std::string new_chunk_id(std::int64_t seconds);

  const bool sub_second_precision_, request_ack_;
  const std::chrono::milliseconds read_timeout_;
  const std::string tag_, container_id_;
  const Record fields_;
  std::array<std::string, 2> partial_ids_;  // of the long line under way in stdout, stderr
  std::random_device random_;
  std::deque<std::string> due_;  // ids of messages that are not acknowledged
  Acknowledgements acknowledgements_;
};

}  // namespace log_remote::fluentd

// Lines as messages of syslog: Docker's own form without a host name, RFC 3164 or RFC 5424. One
// thread.
#pragma once

#include "net/outlet.hpp"
#include "syslog/options.hpp"

namespace log_remote::syslog {

class Messages final : public Wire {
 public:
  /// `host`, `process_id`: of the engine.
  Messages(const Settings& settings, std::string host, std::string tag, int process_id);

  /// An empty line gives none, as in Docker.
  void encode(const gantry::sdk::LogLine& line, Packets& out) override;

 private:
  std::string head(const gantry::sdk::LogLine& line) const;

  const int facility_;
  const Format format_;
  const bool octet_counting_;
  const std::string host_, tag_, process_id_;
};

}  // namespace log_remote::syslog

// Lines as GELF 1.1: JSON with a NUL behind it for TCP; compressed and in chunks for UDP. One
// thread.
#pragma once

#include <array>
#include <map>
#include <random>

#include "gelf/options.hpp"
#include "net/outlet.hpp"

namespace log_remote::gelf {

/// The fields that all messages of a container have, without the level, time and text.
std::map<std::string, std::string> fields_of(const gantry::sdk::LogSource& source);

/// One packet, or chunks with a head when it is longer than 1420 bytes. Throws GANTRY_INVALID when
/// there would be more than 128.
Packets chunks(std::string_view message, std::uint64_t id);

class Messages final : public Wire {
 public:
  /// `host`: of the engine.
  Messages(const Settings& settings, const std::string& host, const gantry::sdk::LogSource& source);

  /// An empty line gives none, as in Docker.
  void encode(const gantry::sdk::LogLine& line, Packets& out) override;

 private:
  std::string document(const gantry::sdk::LogLine& line) const;

  const bool udp_;
  const Compression compression_;
  const int level_;
  const std::string host_;
  const std::map<std::string, std::string> fields_;
  std::random_device random_;
};

}  // namespace log_remote::gelf

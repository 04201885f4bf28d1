// One container's lines on their way to the journal. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <gantry/cpp/logging.hpp>
#include <string>
#include <vector>

#include "journal_socket.hpp"

namespace log_journald {

class Stream final : public gantry::sdk::LogStream {
 public:
  Stream(const gantry::sdk::LogSource& source, JournalSocket socket);
  void write(const std::vector<gantry::sdk::LogLine>& lines, std::uint32_t& taken,
             const gantry::sdk::Op& op) override;

 private:
  const std::string source_fields_;
  JournalSocket socket_;
  std::array<std::string, 2> partial_ids_;  // of the long lines begun on stdout and stderr
};

}  // namespace log_journald

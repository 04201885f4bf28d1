#include "stream.hpp"

#include <random>

#include "entry.hpp"

namespace log_journald {

namespace sdk = gantry::sdk;

namespace {

/// 64 hexadecimal digits, as Docker has them.
std::string random_id() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string id;
  while (id.size() < 64)
    for (unsigned bits = random(), i = 0; i < 8; ++i, bits >>= 4) id += kDigits[bits & 0xf];
  return id;
}

}  // namespace

Stream::Stream(const sdk::LogSource& source, JournalSocket socket)
    : source_fields_(source_fields(source)), socket_(std::move(socket)) {}

void Stream::write(const std::vector<sdk::LogLine>& lines, std::uint32_t& taken,
                   const sdk::Op& op) {
  for (const sdk::LogLine& line : lines) {
    std::string& id = partial_ids_[line.is_stderr() ? 1 : 0];
    // After a restart a line may go on in its middle.
    if (line.piece() == 1 || (line.piece() != 0 && id.empty())) id = random_id();
    socket_.send(line_fields(line, id) + source_fields_, op);
    ++taken;
    if (line.last()) id.clear();
  }
}

}  // namespace log_journald

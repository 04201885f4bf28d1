// Bytes as a container's log: what is read is in it, in order, and each way ends.
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/log.hpp"
#include "core/services/logs/log_file.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace gantry;
using namespace gantry::services;

void check_record(const LogRecord& record, std::uint64_t size) {
  FUZZ_CHECK(!record.payload.empty() && record.payload.size() <= kLogMaxPayload);
  FUZZ_CHECK(record.offset + record.payload.size() + kLogOverhead <= size);
}

void read_forwards(const std::shared_ptr<LogFile>& file, std::uint64_t size) {
  LogForward walk(file, 0);
  std::uint64_t end = 0;
  while (const auto record = walk.next()) {
    check_record(*record, size);
    FUZZ_CHECK(record->offset >= end);
    end = record->offset + record->payload.size() + kLogOverhead;
  }
  FUZZ_CHECK(!walk.next());
}

void read_backwards(const std::shared_ptr<LogFile>& file, std::uint64_t size) {
  LogBackward walk(file, size);
  std::uint64_t begin = size;
  while (const auto record = walk.previous()) {
    check_record(*record, begin);
    begin = record->offset;
  }
  FUZZ_CHECK(!walk.previous());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  log::configure(log::Level::error, log::Format::text);
  const UniqueFd bytes(::memfd_create("log", MFD_CLOEXEC));
  FUZZ_CHECK(::write(bytes.get(), data, size) == static_cast<ssize_t>(size));
  const auto file = LogFile::find("/proc/self/fd/" + std::to_string(bytes.get()));
  read_forwards(file, size);
  read_backwards(file, size);
  return 0;
}

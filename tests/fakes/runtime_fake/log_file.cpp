#include "runtime_fake/log_file.hpp"

#include <fcntl.h>
#include <gantry/logfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <gantry/cpp/error.hpp>
#include <iterator>

namespace fake {

void append_log(const std::string& path, int stream, std::string_view payload) {
  if (path.empty() || payload.empty()) return;
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) throw gantry::sdk::os_error("open " + path);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  gantry_log_header header{};
  header.magic = GANTRY_LOG_MAGIC;
  header.length = static_cast<std::uint32_t>(payload.size());
  header.time_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  header.stream = static_cast<std::uint8_t>(stream);
  std::uint32_t trailer =
      static_cast<std::uint32_t>(sizeof header + payload.size() + sizeof(std::uint32_t));
  iovec parts[] = {{&header, sizeof header},
                   {const_cast<char*>(payload.data()), payload.size()},
                   {&trailer, sizeof trailer}};
  const ssize_t written = ::writev(fd, parts, 3);
  ::close(fd);
  if (written != static_cast<ssize_t>(trailer)) throw gantry::sdk::os_error("write " + path);
}

void replay_log(const std::string& path, std::uint64_t offset,
                const std::function<void(int stream, std::string_view payload)>& record) {
  std::ifstream file(path, std::ios::binary);
  const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (offset + sizeof(gantry_log_header) <= all.size()) {
    gantry_log_header header;
    std::memcpy(&header, all.data() + offset, sizeof header);
    const std::uint64_t end = offset + sizeof header + header.length + sizeof(std::uint32_t);
    if (header.magic != GANTRY_LOG_MAGIC || end > all.size()) return;
    record(header.stream, std::string_view(all).substr(offset + sizeof header, header.length));
    offset = end;
  }
}

}  // namespace fake

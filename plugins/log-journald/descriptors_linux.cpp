#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>

#include "descriptors.hpp"

namespace log_journald {

namespace {

constexpr unsigned kNoExec = 0x0008;  // MFD_NOEXEC_SEAL: newer than many headers, and many kernels
constexpr int kAllSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

UniqueFd memory() {
  constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  UniqueFd fd(::memfd_create("journal-entry", kFlags | kNoExec));
  if (!fd && errno == EINVAL) fd = UniqueFd(::memfd_create("journal-entry", kFlags));
  return fd;
}

}  // namespace

UniqueFd datagram_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

UniqueFd sealed_memory(std::string_view content) {
  UniqueFd fd = memory();
  while (fd && !content.empty()) {
    const ssize_t written = ::write(fd.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return UniqueFd();
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fd && ::fcntl(fd.get(), F_ADD_SEALS, kAllSeals) != 0) return UniqueFd();
  return fd;
}

}  // namespace log_journald

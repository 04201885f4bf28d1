// A journal of a test's own: a datagram socket, and what came through it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <string>

#include "unique_fd.hpp"

namespace log_journald::test {

class Journal {
 public:
  explicit Journal(std::filesystem::path path) : path_(std::move(path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    BOOST_TEST_REQUIRE(
        ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Journal() { std::filesystem::remove(path_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  struct Entry {
    std::string bytes;
    int seals = 0;  // of the memory it came in; 0: as a datagram
  };

  bool is_empty() const { return !wait(0); }

  Entry receive() {
    BOOST_TEST_REQUIRE(wait(10000));
    std::string bytes(1 << 20, '\0');
    iovec piece{bytes.data(), bytes.size()};
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int) * 4)];
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = space;
    message.msg_controllen = sizeof space;
    const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    BOOST_TEST_REQUIRE(size >= 0);
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (!header) return {bytes.substr(0, static_cast<std::size_t>(size)), 0};
    BOOST_TEST(size == 0);
    BOOST_TEST(header->cmsg_len == CMSG_LEN(sizeof(int)));
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return content_of(UniqueFd(fd));
  }

 private:
  bool wait(int milliseconds) const {
    pollfd ready{socket_.get(), POLLIN, 0};
    return ::poll(&ready, 1, milliseconds) == 1;
  }
  static Entry content_of(const UniqueFd& memory) {
    struct stat status {};
    BOOST_TEST_REQUIRE(::fstat(memory.get(), &status) == 0);
    Entry entry{std::string(static_cast<std::size_t>(status.st_size), '\0'), 0};
    BOOST_TEST(::pread(memory.get(), entry.bytes.data(), entry.bytes.size(), 0) == status.st_size);
    entry.seals = ::fcntl(memory.get(), F_GET_SEALS);
    return entry;
  }

  const std::filesystem::path path_;
  UniqueFd socket_;
};

}  // namespace log_journald::test

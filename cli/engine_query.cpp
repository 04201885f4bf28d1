#include "cli/engine_query.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::cli {

namespace {

/// A connection, or why there is none.
UniqueFd connect_to(const std::string& path, std::chrono::milliseconds limit, Reach& why) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    why = Reach::nobody;
    return {};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  timeval timeout{};
  timeout.tv_sec = static_cast<time_t>(limit.count() / 1000);
  timeout.tv_usec = static_cast<suseconds_t>(limit.count() % 1000 * 1000);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  struct stat st {};
  if (errno == EACCES || errno == EPERM)
    why = Reach::forbidden;
  else if (::stat(path.c_str(), &st) == 0 && !S_ISSOCK(st.st_mode))
    why = Reach::not_socket;
  else
    why = Reach::nobody;
  return {};
}

std::string receive_all(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
}

void parse(const std::string& text, Answer& answer) {
  const auto end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || end == std::string::npos) return;
  std::istringstream head(text.substr(0, end));
  std::string line;
  std::getline(head, line);
  answer.status = std::atoi(line.c_str() + line.find(' '));
  while (std::getline(head, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    answer.headers[text::lower(line.substr(0, colon))] =
        std::string(text::trim(std::string_view(line).substr(colon + 1)));
  }
  answer.body = text.substr(end + 4);
  answer.reach = Reach::answers;
}

}  // namespace

std::string socket_path(const std::string& host) {
  constexpr std::string_view kScheme = "unix://";
  return host.starts_with(kScheme) ? host.substr(kScheme.size()) : host;
}

Answer ask_engine(const std::string& host, const std::string& target,
                  std::chrono::milliseconds limit) {
  Answer answer;
  const UniqueFd fd = connect_to(socket_path(host), limit, answer.reach);
  if (!fd) return answer;
  answer.reach = Reach::silent;
  const std::string request = "GET " + target + " HTTP/1.0\r\nHost: gantry\r\n\r\n";
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return answer;
  parse(receive_all(fd.get()), answer);
  return answer;
}

}  // namespace gantry::cli

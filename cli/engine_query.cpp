#include "cli/engine_query.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"
#include "core/base/text.hpp"

namespace gantry::cli {

namespace {

constexpr std::size_t kLargestAnswer = 1 << 20;

/// A connection, or why there is none.
UniqueFd connect_to(const std::string& path, std::chrono::milliseconds limit, Reach& why) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    why = Reach::nobody;
    return {};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  UniqueFd fd = make_socket(AF_UNIX, SOCK_STREAM);
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

/// All until the end; nothing when there is more than any answer of an engine.
std::string receive_all(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > kLargestAnswer) return {};
  }
}

/// "HTTP/1.1 200 OK" → 200.
std::optional<int> status_in(std::string_view line) {
  const auto blank = line.find(' ');
  if (!line.starts_with("HTTP/1.") || blank == std::string_view::npos) return std::nullopt;
  const auto status = text::to_int(line.substr(blank + 1, 3));
  if (!status) return std::nullopt;
  return static_cast<int>(*status);
}

void parse(const std::string& text, Answer& answer) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos) return;
  std::istringstream head(text.substr(0, end));
  std::string line;
  std::getline(head, line);
  const auto status = status_in(line);
  if (!status) return;
  answer.status = *status;
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
  try {
    send_all(fd.get(), request);
  } catch (const Error&) {
    return answer;
  }
  parse(receive_all(fd.get()), answer);
  return answer;
}

}  // namespace gantry::cli

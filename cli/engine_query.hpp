// Asks whoever listens on a unix socket one question in HTTP/1.0. One thread.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace gantry::cli {

enum class Reach {
  answers,     // an HTTP server
  nobody,      // no such file, or nothing listens
  forbidden,   // this user may not connect
  not_socket,  // the path is something else
  silent,      // connected, but no HTTP answer came within the limit
};

struct Answer {
  Reach reach = Reach::nobody;
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// GET `target` from "unix:///path".
Answer ask_engine(const std::string& host, const std::string& target,
                  std::chrono::milliseconds limit = std::chrono::seconds(3));

/// "unix:///path" → "/path".
std::string socket_path(const std::string& host);

}  // namespace gantry::cli

// Sending on a connection without SIGPIPE. Any thread, one at a time per socket. False means that
// the client is gone or did not read for the socket's send timeout.
#pragma once

#include <initializer_list>
#include <string_view>

namespace gantry::http {

bool try_send_all(int fd, std::string_view data);
/// Several parts (at most 4) with one system call where the kernel takes them at once.
bool try_send_all(int fd, std::initializer_list<std::string_view> parts);

}  // namespace gantry::http

#include "core/http/chunked_stream.hpp"

#include <charconv>

#include "core/http/output.hpp"

namespace gantry::http {

bool ChunkedStream::write(std::string_view data) {
  if (gone_ || data.empty()) return !gone_;  // an empty chunk would end the body
  bool sent;
  if (chunked_) {
    char size[20];
    char* end = std::to_chars(size, size + 16, data.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    sent = try_send_all(fd_, {{size, static_cast<size_t>(end - size)}, data, "\r\n"});
  } else {
    sent = try_send_all(fd_, data);
  }
  if (sent) sent_ += data.size();
  gone_ = !sent;
  return sent;
}

bool ChunkedStream::finish() {
  if (gone_) return false;
  return !chunked_ || try_send_all(fd_, "0\r\n\r\n");
}

}  // namespace gantry::http

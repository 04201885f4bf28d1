// Docker's progress stream: one JSON object per line ("\r\n", HTML-escaped), flushed one by one,
// with errors in-band once the stream has begun (behaviours.md 1.8, 9.6). Belongs to the exchange's
// thread, but write() may be called by any thread (downloads run in parallel).
#pragma once

#include <atomic>
#include <mutex>
#include <string_view>

#include "core/http/exchange.hpp"

namespace gantry::http {

class JsonStream {
 public:
  explicit JsonStream(Exchange& exchange) : exchange_(exchange) {}
  /// Sends the 200 head with the first object; returns false once the client is gone.
  bool write(std::string_view object);
  /// {"errorDetail":{"message":m},"error":m}. When nothing was sent yet it throws instead, so that
  /// the client gets a real status: the exception being handled, or Error{internal} outside of a
  /// handler.
  void write_error(std::string_view message);
  bool begun() const { return stream_ != nullptr; }
  bool client_gone() const { return gone_; }

 private:
  Exchange& exchange_;
  std::mutex mutex_;
  std::atomic<ResponseStream*> stream_{nullptr};
  std::atomic<bool> gone_{false};
};

}  // namespace gantry::http

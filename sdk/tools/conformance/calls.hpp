// Calling a plugin's functions and holding it to the rules that all of them share: no exception
// comes out, the status is a gantry_errc, a failure has a message and its code, and nothing is
// written beyond the caller's error struct. Breaking one is a Failure whatever the case looked for.
// Any thread.
#pragma once

#include <gantry/abi.h>

#include <cstring>
#include <gantry/cpp/json.hpp>
#include <string>
#include <string_view>

#include "conformance/report.hpp"
#include "conformance/under_way.hpp"

namespace conformance {

struct Outcome {
  gantry_status status = GANTRY_INTERNAL;
  std::string message;
  std::string text;  // what came through the sink
};

gantry_bytes bytes(std::string_view text);

/// The caller's side of a sink.
class Sink {
 public:
  Sink() : sink_{sizeof(gantry_sink), 0, this, &Sink::write} {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  operator const gantry_sink*() const { return &sink_; }
  const std::string& text() const { return text_; }

 private:
  static void write(void* ctx, const char* data, std::uint64_t size);
  gantry_sink sink_;
  std::string text_;
};

/// An operation that is cancelled from the start, or never.
class Op {
 public:
  explicit Op(bool cancelled = false);
  operator const gantry_op*() const { return &op_; }

 private:
  gantry_op op_;
};

namespace detail {
struct ErrorBox {
  gantry_error error;
  unsigned char guard[32];
};
void prepare(ErrorBox& box);
Outcome judge(const char* function, gantry_status status, ErrorBox& box);
[[noreturn]] void escaped(const char* function);
}  // namespace detail

/// fn(self, args..., &error)
template <class Fn, class... Args>
Outcome call(const char* function, Fn fn, void* self, Args... args) {
  detail::ErrorBox box;
  detail::prepare(box);
  gantry_status status = GANTRY_INTERNAL;
  try {
    const UnderWay under_way(function);
    status = fn(self, args..., &box.error);
  } catch (...) {
    detail::escaped(function);
  }
  return detail::judge(function, status, box);
}

/// The same with a sink as the last argument before the error.
template <class Fn, class... Args>
Outcome ask(const char* function, Fn fn, void* self, Args... args) {
  const Sink sink;
  Outcome outcome = call(function, fn, self, args..., static_cast<const gantry_sink*>(sink));
  outcome.text = sink.text();
  return outcome;
}

/// An id as containers, images and networks have it.
inline std::string id_of(char digit) { return std::string(64, digit); }

const char* name_of(gantry_status status);
/// The outcome must have this status; gives its text.
std::string must(const char* what, const Outcome& outcome, gantry_status status = GANTRY_OK);
gantry::sdk::Object must_object(const char* what, const Outcome& outcome);
/// A JSON array, wrapped as {"items":[…]} so that an Object can read it.
gantry::sdk::Object must_array(const char* what, const Outcome& outcome);

}  // namespace conformance

// Crossing the border into a plugin: statuses become gantry::Error, exceptions that escape a plugin
// are stopped here, results are collected. Private to core/pluginhost. Objects belong to one call.
#pragma once

#include <gantry/abi.h>

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/json/reader.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::pluginhost {

inline gantry_bytes as_bytes(std::string_view s) { return {s.data(), s.size()}; }

gantry_status to_status(Errc code) noexcept;
/// Fills a plugin's error struct as far as its size says it goes; `err` may be null.
void fill_error(gantry_error* err, gantry_status code, int os_errno,
                std::string_view message) noexcept;

/// Receives a result. A plugin that writes more than kLimit bytes gets nothing more; take() then
/// throws.
class Sink {
 public:
  static constexpr size_t kLimit = 64u << 20;
  Sink() : sink_{sizeof(gantry_sink), 0, this, &Sink::write} {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  const gantry_sink* get() const { return &sink_; }
  std::string take();

 private:
  static void write(void* ctx, const char* data, std::uint64_t size);
  gantry_sink sink_;
  std::string text_;
  bool failed_ = false;
};

/// An Op as its callee sees it. Callbacks that throw count as "cancelled".
class OpBridge {
 public:
  explicit OpBridge(const Op& op);
  OpBridge(const OpBridge&) = delete;
  OpBridge& operator=(const OpBridge&) = delete;
  const gantry_op* get() const { return &abi_; }

 private:
  static std::int32_t cancelled(void* ctx);
  static void progress(void* ctx, std::uint64_t current, std::uint64_t total);
  const Op& op_;
  gantry_op abi_;
};

gantry_error blank_error();
/// Throws what a failed call left in `error`, in the plugin's own words.
[[noreturn]] void throw_status(const std::string& plugin, const char* function,
                               gantry_status status, gantry_error& error);
/// In a catch block: throws Error{internal} `plugin "x" threw in mount: …`.
[[noreturn]] void throw_escaped(const std::string& plugin, const char* function);

/// Calls `fn(self, args..., &error)`.
template <class Fn, class... Args>
void call(const std::string& plugin, const char* function, Fn fn, void* self, Args... args) {
  gantry_error error = blank_error();
  gantry_status status = GANTRY_INTERNAL;
  try {
    status = fn(self, args..., &error);
  } catch (...) {
    throw_escaped(plugin, function);
  }
  if (status != GANTRY_OK) throw_status(plugin, function, status, error);
}

/// A plugin's JSON result; malformed text is the plugin's fault: Error{internal} naming both.
json::Document parse_result(const std::string& plugin, const char* function, std::string text);
/// Runs `read` over a result; a wrong type in it is Error{internal} as well.
template <class Read>
auto read_result(const std::string& plugin, const char* function, Read read) {
  try {
    return read();
  } catch (const Error& e) {
    throw Error(Errc::internal,
                "plugin \"" + plugin + "\": bad result of " + function + ": " + e.what());
  }
}

}  // namespace gantry::pluginhost

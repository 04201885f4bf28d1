#include "core/pluginhost/abi_call.hpp"

#include <cstring>
#include <ctime>
#include <exception>

#include "core/base/utf8.hpp"

namespace gantry::pluginhost {

namespace {

Errc from_status(gantry_status status) noexcept {
  switch (status) {
    case GANTRY_INVALID:
      return Errc::invalid;
    case GANTRY_NOT_FOUND:
      return Errc::not_found;
    case GANTRY_CONFLICT:
      return Errc::conflict;
    case GANTRY_PERMISSION:
      return Errc::permission;
    case GANTRY_UNAUTHORIZED:
      return Errc::unauthorized;
    case GANTRY_UNAVAILABLE:
      return Errc::unavailable;
    case GANTRY_UNSUPPORTED:
      return Errc::unsupported;
    case GANTRY_CANCELLED:
      return Errc::cancelled;
    case GANTRY_TIMEOUT:
      return Errc::timeout;
    case GANTRY_EXHAUSTED:
      return Errc::exhausted;
    default:
      return Errc::internal;
  }
}

std::int64_t monotonic_nanos() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

gantry_status to_status(Errc code) noexcept {
  switch (code) {
    case Errc::invalid:
      return GANTRY_INVALID;
    case Errc::unauthorized:
      return GANTRY_UNAUTHORIZED;
    case Errc::permission:
      return GANTRY_PERMISSION;
    case Errc::not_found:
      return GANTRY_NOT_FOUND;
    case Errc::conflict:
      return GANTRY_CONFLICT;
    case Errc::unsupported:
      return GANTRY_UNSUPPORTED;
    case Errc::unavailable:
      return GANTRY_UNAVAILABLE;
    case Errc::cancelled:
      return GANTRY_CANCELLED;
    case Errc::timeout:
      return GANTRY_TIMEOUT;
    case Errc::exhausted:
      return GANTRY_EXHAUSTED;
    case Errc::internal:
      break;
  }
  return GANTRY_INTERNAL;
}

void fill_error(gantry_error* err, gantry_status code, int os_errno,
                std::string_view message) noexcept {
  if (!err || !GANTRY_HAS(err, gantry_error, message)) return;
  err->code = code;
  err->os_errno = os_errno;
  const std::string_view fits = utf8::cut(message, sizeof err->message - 1);
  std::memcpy(err->message, fits.data(), fits.size());
  err->message[fits.size()] = '\0';
}

std::string Sink::take() {
  if (failed_)
    throw Error(Errc::internal,
                "plugin result is larger than " + std::to_string(kLimit) + " bytes");
  return std::move(text_);
}

void Sink::write(void* ctx, const char* data, std::uint64_t size) {
  Sink& self = *static_cast<Sink*>(ctx);
  if (self.failed_ || size == 0) return;
  if (!data || size > kLimit - self.text_.size()) {
    self.failed_ = true;
    return;
  }
  try {
    self.text_.append(data, size);
  } catch (...) {  // out of memory; the plugin may be C and must not be unwound
    self.failed_ = true;
  }
}

OpBridge::OpBridge(const Op& op)
    : op_(op), abi_{sizeof(gantry_op),
                    0,
                    this,
                    &OpBridge::cancelled,
                    nullptr,
                    op.limit ? monotonic_nanos() + op.limit->count() : 0} {
  if (op.progress) abi_.progress = &OpBridge::progress;
}

std::int32_t OpBridge::cancelled(void* ctx) {
  const OpBridge& self = *static_cast<OpBridge*>(ctx);
  if (self.abi_.deadline_ns != 0 && monotonic_nanos() >= self.abi_.deadline_ns) return 1;
  try {
    return self.op_.cancelled && self.op_.cancelled() ? 1 : 0;
  } catch (...) {
    return 1;
  }
}

void OpBridge::progress(void* ctx, std::uint64_t current, std::uint64_t total) {
  try {
    static_cast<OpBridge*>(ctx)->op_.progress(current, total);
  } catch (...) {
    // Progress is for display only; a listener that fails does not end the work.
  }
}

gantry_error blank_error() {
  gantry_error error;
  error.size = sizeof error;
  error.code = GANTRY_OK;
  error.os_errno = 0;
  error.message[0] = '\0';
  return error;
}

void throw_status(const std::string& plugin, const char* function, gantry_status status,
                  gantry_error& error) {
  error.message[sizeof error.message - 1] = '\0';  // whatever the plugin did
  if (error.message[0] == '\0')
    throw Error(from_status(status),
                "plugin \"" + plugin + "\": " + function + " failed with status " +
                    std::to_string(status) + " and no message",
                error.os_errno);
  // The SDK's word for what is no std::exception, and tells nobody where it comes from.
  if (std::string_view(error.message) == "unknown exception")
    throw Error(Errc::internal,
                "plugin \"" + plugin + "\" threw in " + function + ": an unknown exception");
  throw Error(from_status(status), error.message, error.os_errno);
}

void throw_escaped(const std::string& plugin, const char* function) {
  std::string what = "an unknown exception";
  try {
    throw;
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  throw Error(Errc::internal, "plugin \"" + plugin + "\" threw in " + function + ": " + what);
}

json::Document parse_result(const std::string& plugin, const char* function, std::string text) {
  return read_result(plugin, function, [&] {
    return json::Document::parse(std::move(text), {Sink::kLimit, 64});
  });
}

}  // namespace gantry::pluginhost

#include "conformance/calls.hpp"

namespace conformance {

namespace {
constexpr unsigned char kGuard = 0xa5;

std::int32_t never(void*) { return 0; }
std::int32_t always(void*) { return 1; }
}  // namespace

gantry_bytes bytes(std::string_view text) { return gantry_bytes{text.data(), text.size()}; }

void Sink::write(void* ctx, const char* data, std::uint64_t size) {
  if (size != 0) static_cast<Sink*>(ctx)->text_.append(data, static_cast<std::size_t>(size));
}

Op::Op(bool cancelled)
    : op_{sizeof(gantry_op), 0, nullptr, cancelled ? &always : &never, nullptr, 0} {}

void detail::prepare(ErrorBox& box) {
  std::memset(&box, kGuard, sizeof box);
  box.error.size = sizeof box.error;
}

Outcome detail::judge(const char* function, gantry_status status, ErrorBox& box) {
  const std::string name = function;
  expect(status >= GANTRY_OK && status <= GANTRY_INTERNAL,
         name + " gave the status " + std::to_string(status) + ", which is no gantry_errc");
  for (const unsigned char byte : box.guard)
    expect(byte == kGuard, name + " wrote beyond the end of the caller's gantry_error");
  expect(box.error.size == sizeof box.error,
         name + " changed the size of the caller's gantry_error");
  Outcome outcome;
  outcome.status = status;
  if (status == GANTRY_OK) return outcome;
  expect(box.error.code == status,
         name + " gave the status " + name_of(status) + " but another code in gantry_error");
  const void* end = std::memchr(box.error.message, '\0', sizeof box.error.message);
  expect(end != nullptr, name + " failed with a message that is not NUL-terminated");
  outcome.message = box.error.message;
  expect(!outcome.message.empty(), name + " failed without a message");
  return outcome;
}

void detail::escaped(const char* function) {
  std::string what = "an unknown exception";
  try {
    throw;
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  throw Failure(std::string(function) + " let an exception out: " + what);
}

const char* name_of(gantry_status status) {
  switch (status) {
    case GANTRY_OK:
      return "GANTRY_OK";
    case GANTRY_INVALID:
      return "GANTRY_INVALID";
    case GANTRY_NOT_FOUND:
      return "GANTRY_NOT_FOUND";
    case GANTRY_CONFLICT:
      return "GANTRY_CONFLICT";
    case GANTRY_PERMISSION:
      return "GANTRY_PERMISSION";
    case GANTRY_UNAUTHORIZED:
      return "GANTRY_UNAUTHORIZED";
    case GANTRY_UNAVAILABLE:
      return "GANTRY_UNAVAILABLE";
    case GANTRY_UNSUPPORTED:
      return "GANTRY_UNSUPPORTED";
    case GANTRY_CANCELLED:
      return "GANTRY_CANCELLED";
    case GANTRY_TIMEOUT:
      return "GANTRY_TIMEOUT";
    case GANTRY_EXHAUSTED:
      return "GANTRY_EXHAUSTED";
    case GANTRY_INTERNAL:
      return "GANTRY_INTERNAL";
    default:
      return "an unknown status";
  }
}

std::string must(const char* what, const Outcome& outcome, gantry_status status) {
  if (outcome.status != status)
    throw Failure(std::string(what) + " gave " + name_of(outcome.status) +
                  (outcome.message.empty() ? "" : " \"" + outcome.message + "\"") +
                  ", expected is " + name_of(status));
  return outcome.text;
}

gantry::sdk::Object must_object(const char* what, const Outcome& outcome) {
  const std::string text = must(what, outcome);
  try {
    if (text.empty()) throw Failure("empty");
    return gantry::sdk::Object(text);
  } catch (const std::exception&) {
    throw Failure(std::string(what) + " gave no JSON object: " + text.substr(0, 200));
  }
}

gantry::sdk::Object must_array(const char* what, const Outcome& outcome) {
  const std::string text = must(what, outcome);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError() || !document.IsArray())
    throw Failure(std::string(what) + " gave no JSON array: " + text.substr(0, 200));
  return gantry::sdk::Object("{\"items\":" + text + "}");
}

}  // namespace conformance

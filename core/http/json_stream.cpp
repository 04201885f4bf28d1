#include "core/http/json_stream.hpp"

#include <exception>

#include "core/base/error.hpp"
#include "core/json/writer.hpp"

namespace gantry::http {

bool JsonStream::write(std::string_view object) {
  std::string line;
  line.reserve(object.size() + 2);
  line.append(object).append("\r\n");
  const std::lock_guard lock(mutex_);
  if (gone_) return false;
  if (stream_ == nullptr) stream_ = &exchange_.stream("application/json");
  if (!stream_.load()->write(line)) gone_ = true;
  return !gone_;
}

void JsonStream::write_error(std::string_view message) {
  if (!begun()) {
    if (std::current_exception()) throw;
    throw Error(Errc::internal, std::string(message));
  }
  json::Writer writer(true);
  writer.begin_object().key("errorDetail").begin_object().field("message", message).end_object();
  writer.field("error", message).end_object();
  write(writer.text());
}

}  // namespace gantry::http

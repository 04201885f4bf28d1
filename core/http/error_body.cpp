#include "core/http/error_body.hpp"

#include "core/json/writer.hpp"

namespace gantry::http {

std::string error_body(std::string_view message) {
  json::Writer writer;
  writer.begin_object().field("message", message).end_object();
  return writer.take() + "\n";
}

}  // namespace gantry::http

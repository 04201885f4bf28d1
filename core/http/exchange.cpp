#include "core/http/exchange.hpp"

namespace gantry::http {

void Exchange::send_json(std::string_view body, int status) {
  std::string line;
  line.reserve(body.size() + 1);
  line.append(body).append("\n");
  send(status, "application/json", line);
}

}  // namespace gantry::http

// A request for handlers that do not look at it, or at parts of it only.
#pragma once

#include <stdexcept>

#include "core/http/exchange.hpp"

namespace gantry::test {

/// Whatever is asked of it fails the test.
class NoExchange : public http::Exchange {
 public:
  const std::string& method() const override { never(); }
  const std::string& path() const override { never(); }
  http::ApiVersion version() const override { never(); }
  const http::Query& query() const override { never(); }
  const std::string& param(std::string_view) const override { never(); }
  std::string header(std::string_view) const override { never(); }
  std::vector<std::string> headers(std::string_view) const override { never(); }
  bool has_body() const override { never(); }
  http::BodyReader& body() override { never(); }
  std::string read_body(size_t, bool) override { never(); }
  void set_header(std::string_view, std::string_view) override { never(); }
  void send(int, std::string_view, std::string_view) override { never(); }
  http::ResponseStream& stream(std::string_view, int) override { never(); }
  http::Hijacked hijack(std::string_view) override { never(); }
  http::Upgraded upgrade(std::string_view) override { never(); }
  const std::string& usual_headers() const override { never(); }
  bool wants_upgrade() const override { never(); }
  Peer peer() const override { never(); }
  bool answered() const override { never(); }

 protected:
  [[noreturn]] static void never() {
    throw std::logic_error("nothing was to look at this of the request");
  }
};

}  // namespace gantry::test

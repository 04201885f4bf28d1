#include "core/api/request_body.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::api {
namespace {

constexpr size_t kFormBytes = 1u << 20;

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

void refuse_nul(const json::Node& node) {
  if (node.is_string() && has_nul(node.str())) node.fail("must not contain a NUL");
  if (node.is_array()) node.each_item(refuse_nul);
  if (!node.is_object()) return;
  node.each_member([&](std::string_view key, json::Node value) {
    if (has_nul(key)) node.fail("keys must not contain a NUL");
    refuse_nul(value);
  });
}

bool is_form(const http::Exchange& exchange) {
  const std::string type = exchange.header("Content-Type");
  return text::lower(text::trim(std::string_view(type).substr(0, type.find(';')))) ==
         "application/x-www-form-urlencoded";
}

}  // namespace

json::Document parse_json(std::string text) {
  const bool suspicious = text.find("\\u0000") != std::string::npos;
  json::Document document = json::Document::parse(std::move(text));
  if (suspicious) refuse_nul(document.root());
  return document;
}

json::Document read_json(http::Exchange& exchange) {
  return exchange.has_body() ? read_whole_json(exchange) : json::Document::parse("{}");
}

json::Document read_whole_json(http::Exchange& exchange) {
  return parse_json(exchange.read_body());
}

http::Query read_form(http::Exchange& exchange) {
  if (!exchange.has_body() || !is_form(exchange)) return exchange.query();
  http::Query form = http::Query::parse(exchange.read_body(kFormBytes, false));
  form.append(exchange.query());
  return form;
}

}  // namespace gantry::api

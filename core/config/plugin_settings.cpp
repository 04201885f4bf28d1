#include "core/config/plugin_settings.hpp"

#include <cmath>
#include <sstream>

#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::config {

namespace {

void write(Reading& reading, json::Writer& out, const toml::node& node);

void write_table(Reading& reading, json::Writer& out, const toml::table& table) {
  out.begin_object();
  for (const auto& [key, value] : table) {
    out.key(key.str());
    write(reading, out, value);
  }
  out.end_object();
}

void write(Reading& reading, json::Writer& out, const toml::node& node) {
  if (const auto* table = node.as_table()) {
    write_table(reading, out, *table);
  } else if (const auto* array = node.as_array()) {
    out.begin_array();
    for (const auto& item : *array) write(reading, out, item);
    out.end_array();
  } else if (const auto* text = node.as_string()) {
    out.str(text->get());
  } else if (const auto* integer = node.as_integer()) {
    out.i64(integer->get());
  } else if (const auto* flag = node.as_boolean()) {
    out.boolean(flag->get());
  } else if (const auto* real = node.as_floating_point()) {
    if (!std::isfinite(real->get())) {
      reading.fault(node.source(), "a plugin's setting must be a finite number");
      out.null();
    } else {
      out.number(real->get());
    }
  } else {
    std::ostringstream text_of_date;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_chronological<decltype(value)>) text_of_date << value.get();
    });
    out.str(text_of_date.str());
  }
}

// The escapes of a JSON string are a subset of those of a TOML basic string.
std::string to_toml_value(json::Node node) {
  std::string out;
  if (node.is_object()) {
    node.each_member([&](std::string_view key, json::Node value) {
      out += (out.empty() ? " " : ", ") + json::quote(key) + " = " + to_toml_value(value);
    });
    return "{" + out + " }";
  }
  if (node.is_array()) {
    node.each_item(
        [&](json::Node value) { out += (out.empty() ? "" : ", ") + to_toml_value(value); });
    return "[" + out + "]";
  }
  return node.is_string() ? json::quote(node.str()) : node.raw();
}

}  // namespace

std::string to_json(Reading& reading, const toml::table& table) {
  json::Writer out;
  write_table(reading, out, table);
  return out.take();
}

std::string json_to_toml(const std::string& json) {
  return to_toml_value(json::Document::parse(json).root());
}

}  // namespace gantry::config

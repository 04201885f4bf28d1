#include "core/devices/spec_fields.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/base/text.hpp"

namespace gantry::devices {

void read_fields(const json::Node& object, std::initializer_list<Field> fields) {
  if (!object) return;
  std::set<std::string> seen;
  object.each_member([&](std::string_view name, json::Node value) {
    const std::string key = text::lower(name);
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& known) {
      return text::lower(known.first) == key;
    });
    if (field == fields.end()) value.fail("is no field of a CDI specification");
    if (!seen.insert(key).second) value.fail("is there twice");
    if (value) field->second(value);
  });
}

std::string text_of(const json::Node& node) {
  return node.is_number() || node.is_bool() ? node.raw() : node.str();
}

std::vector<std::string> texts_of(const json::Node& node) {
  std::vector<std::string> texts;
  node.each_item([&](const json::Node& item) { texts.push_back(text_of(item)); });
  return texts;
}

std::int64_t integer_of(const json::Node& node) {
  if (!node.is_string()) return node.i64();
  std::string_view digits;
  const std::string text = node.str();
  digits = text;
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.starts_with("0o") || digits.starts_with("0O")) {
    base = 8;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.front() == '0') {
    base = 8;
  }
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value, base);
  if (result.ec != std::errc() || result.ptr != end) node.fail("must be an integer");
  return value;
}

std::uint32_t unsigned_of(const json::Node& node) {
  const std::int64_t value = integer_of(node);
  if (value < 0 || value > UINT32_MAX) node.fail("is out of range");
  return static_cast<std::uint32_t>(value);
}

}  // namespace gantry::devices

#include "core/json/writer.hpp"

#include <cassert>
#include <charconv>
#include <cmath>

#include "core/json/escape.hpp"

namespace gantry::json {

void Writer::separate() {
  assert((open_.empty() || open_.back() == '[' || after_key_) && "value without a key");
  if (need_comma_) out_ += ',';
  need_comma_ = true;
  after_key_ = false;
}

Writer& Writer::open(char bracket) {
  separate();
  out_ += bracket;
  open_ += bracket;
  need_comma_ = false;
  return *this;
}

Writer& Writer::close(char bracket, [[maybe_unused]] char opened) {
  assert(!open_.empty() && open_.back() == opened && !after_key_ && "unbalanced end");
  out_ += bracket;
  if (!open_.empty()) open_.pop_back();
  need_comma_ = true;
  return *this;
}

Writer& Writer::begin_object() { return open('{'); }
Writer& Writer::end_object() { return close('}', '{'); }
Writer& Writer::begin_array() { return open('['); }
Writer& Writer::end_array() { return close(']', '['); }

Writer& Writer::key(std::string_view name) {
  assert(!open_.empty() && open_.back() == '{' && !after_key_ && "key outside of an object");
  if (need_comma_) out_ += ',';
  append_escaped(out_, name, escape_html_);
  out_ += ':';
  need_comma_ = false;
  after_key_ = true;
  return *this;
}

Writer& Writer::str(std::string_view value) {
  separate();
  append_escaped(out_, value, escape_html_);
  return *this;
}

Writer& Writer::i64(std::int64_t value) {
  separate();
  char digits[24];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return *this;
}

Writer& Writer::u64(std::uint64_t value) {
  separate();
  char digits[24];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();  // JSON has no infinity
  separate();
  // encoding/json: exponents only below 1e-6 and from 1e21 on, and without a leading zero (1e-7).
  const double size = std::fabs(value);
  const bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
  char digits[400];
  auto* end = std::to_chars(digits, digits + sizeof digits, value,
                            exponent ? std::chars_format::scientific : std::chars_format::fixed)
                  .ptr;
  if (exponent && end - digits >= 4 && end[-4] == 'e' && end[-3] == '-' && end[-2] == '0') {
    end[-2] = end[-1];
    --end;
  }
  out_.append(digits, end);
  return *this;
}

Writer& Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::null() {
  separate();
  out_ += "null";
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

Writer& Writer::strings(const std::vector<std::string>& values) {
  begin_array();
  for (const std::string& value : values) str(value);
  return end_array();
}

Writer& Writer::string_map(const std::map<std::string, std::string>& values) {
  begin_object();
  for (const auto& [name, value] : values) field(name, value);
  return end_object();
}

void Writer::clear() {
  out_.clear();
  open_.clear();
  need_comma_ = after_key_ = false;
}

}  // namespace gantry::json

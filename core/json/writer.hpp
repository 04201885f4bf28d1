// Streaming JSON writer into a string. Does not escape <>& unless asked (Docker's progress streams
// do). Numbers of double type print like Go's. Not thread-safe. Misuse (value without key) asserts
// in debug.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::json {

class Writer {
 public:
  explicit Writer(bool escape_html = false) : escape_html_(escape_html) {}

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& str(std::string_view value);  // invalid UTF-8 becomes U+FFFD, as in Go
  Writer& i64(std::int64_t value);
  Writer& u64(std::uint64_t value);
  Writer& number(double value);
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // a complete JSON value
  Writer& strings(const std::vector<std::string>& values);
  Writer& string_map(const std::map<std::string, std::string>& values);

  // key + value in one call
  Writer& field(std::string_view name, std::string_view value) { return key(name).str(value); }
  Writer& field(std::string_view name, const std::string& value) { return key(name).str(value); }
  Writer& field(std::string_view name, const char* value) { return key(name).str(value); }
  Writer& field(std::string_view name, bool value) { return key(name).boolean(value); }
  Writer& field(std::string_view name, std::int64_t value) { return key(name).i64(value); }
  Writer& field(std::string_view name, int value) { return key(name).i64(value); }
  Writer& field(std::string_view name, std::uint64_t value) { return key(name).u64(value); }
  Writer& field(std::string_view name, unsigned value) { return key(name).u64(value); }
  Writer& field(std::string_view name, double value) { return key(name).number(value); }
  Writer& field(std::string_view name, const std::vector<std::string>& v) {
    return key(name).strings(v);
  }
  Writer& field(std::string_view name, const std::map<std::string, std::string>& v) {
    return key(name).string_map(v);
  }

  const std::string& text() const { return out_; }
  /// The text; the writer is empty and usable again afterwards.
  std::string take() {
    std::string text = std::move(out_);
    clear();
    return text;
  }
  void clear();

 private:
  void separate();
  Writer& open(char bracket);
  Writer& close(char bracket, char opened);
  std::string out_;
  std::string open_;  // brackets not yet closed, innermost last
  bool escape_html_;
  bool need_comma_ = false;
  bool after_key_ = false;
};

/// The text as a JSON string, in its quotes.
inline std::string quote(std::string_view text) { return Writer().str(text).take(); }

}  // namespace gantry::json

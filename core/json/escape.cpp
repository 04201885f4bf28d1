#include "core/json/escape.hpp"

#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>

namespace gantry::json {
namespace {

/// Bytes that stand for themselves in every JSON string. Other bytes take the slow path.
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x7f; ++c) plain[c] = true;
  for (const char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<unsigned char>(c)] = false;
  return plain;
}

constexpr auto kPlain = plain_bytes();

bool all_plain(std::string_view value) {
  for (const char c : value)
    if (!kPlain[static_cast<unsigned char>(c)]) return false;
  return true;
}

/// RapidJSON's output stream over a std::string.
struct StringSink {
  using Ch = char;
  void Put(char c) {
    if (html && (c == '<' || c == '>' || c == '&')) {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    } else {
      out += c;
    }
  }
  void Flush() {}
  std::string& out;
  bool html;
};

/// Every malformed byte becomes one U+FFFD, as Go does.
std::string valid_utf8(std::string_view value) {
  std::string clean;
  clean.reserve(value.size() + 8);
  struct Collect {
    void Put(char c) { out += c; }
    std::string& out;
  };
  while (!value.empty()) {
    rapidjson::MemoryStream in(value.data(), value.size());
    std::string sequence;
    Collect collect{sequence};
    const bool valid = rapidjson::UTF8<>::Validate(in, collect) && in.Tell() <= value.size();
    clean += valid ? sequence : "\xef\xbf\xbd";
    value.remove_prefix(valid ? in.Tell() : 1);
  }
  return clean;
}

}  // namespace

void append_escaped(std::string& out, std::string_view value, bool html) {
  if (all_plain(value)) {
    out += '"';
    out += value;
    out += '"';
    return;
  }
  std::string replaced;
  if (std::any_of(value.begin(), value.end(), [](char c) { return (c & 0x80) != 0; })) {
    replaced = valid_utf8(value);
    value = replaced;
  }
  StringSink sink{out, html};
  rapidjson::Writer<StringSink> writer(sink);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

}  // namespace gantry::json

#include "core/grpc/status_message.hpp"

#include "core/base/text.hpp"
#include "core/base/utf8.hpp"

namespace gantry::grpc {
namespace {

constexpr size_t kMaxBytes = 4096;

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '%'; }

}  // namespace

std::string encode_status_message(std::string_view message) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : utf8::cut(message, kMaxBytes)) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string decode_status_message(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2) {
      const int high = text::hex_value(text[i + 1]), low = text::hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace gantry::grpc

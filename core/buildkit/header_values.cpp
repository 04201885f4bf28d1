#include "core/buildkit/header_values.hpp"

#include <algorithm>
#include <cctype>

namespace gantry::buildkit {
namespace {

// Clients of 2020 take what is not ASCII as it is, and know of no escapes.
bool is_plain(const std::string& value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::string escaped(const std::string& value) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~'))
      result += c;
    else
      (result += '%').append({kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return result;
}

}  // namespace

void add_header_values(grpc::Metadata& into, const std::string& name,
                       const std::vector<std::string>& values) {
  const bool plain = std::all_of(values.begin(), values.end(), is_plain);
  for (const std::string& value : values) into.emplace_back(name, plain ? value : escaped(value));
  if (!plain) into.emplace_back(name + "-encoded", "1");
}

}  // namespace gantry::buildkit

#include "core/devices/cdi_name.hpp"

#include <algorithm>

namespace gantry::devices {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alphanumeric(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

/// Letters and digits at both ends, these and `marks` between.
bool is_word(std::string_view text, std::string_view marks) {
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alphanumeric(c) || marks.find(c) != std::string_view::npos;
         });
}

bool is_vendor_or_class(std::string_view text) {
  return is_word(text, "_-.") && is_letter(text.front());
}

}  // namespace

bool is_kind(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && is_vendor_or_class(text.substr(0, slash)) &&
         is_vendor_or_class(text.substr(slash + 1));
}

bool is_device_name(std::string_view text) { return is_word(text, "_-.:"); }

std::optional<CdiName> find_cdi_name(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view kind = text.substr(0, equals), device = text.substr(equals + 1);
  if (!is_kind(kind) || !is_device_name(device)) return std::nullopt;
  return CdiName{std::string(kind), std::string(device)};
}

}  // namespace gantry::devices

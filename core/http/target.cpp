#include "core/http/target.hpp"

#include <algorithm>

#include "core/base/api_version.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::http {
namespace {

constexpr int kLenientMinor = 98;  // 1.99 is what tests of "too new" ask for

/// "/v1.43/containers/json": the version, or empty when the path has no such prefix.
std::string_view version_prefix(std::string_view path) {
  if (path.size() < 4 || path[0] != '/' || path[1] != 'v') return {};
  const size_t end = path.find_first_not_of("0123456789.", 2);
  if (end == std::string_view::npos || end == 2 || path[end] != '/') return {};
  return path.substr(2, end - 2);
}

std::string_view without_authority(std::string_view target) {
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || target.find('/') != scheme + 1) return target;
  const size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

/// Decimal digits as a number; anything beyond four digits is "large".
int number(std::string_view digits) {
  if (digits.size() > 4) return 9999;
  return static_cast<int>(text::to_int(digits).value_or(0));
}

}  // namespace

Target split_target(std::string_view target) {
  if (!target.empty() && target.front() != '/') target = without_authority(target);
  Target parts;
  const size_t question = target.find('?');
  parts.path = target.substr(0, question);
  if (question != std::string_view::npos) parts.query = target.substr(question + 1);
  parts.version = version_prefix(parts.path);
  if (!parts.version.empty()) parts.path.remove_prefix(2 + parts.version.size());
  return parts;
}

ApiVersion negotiate(std::string_view version) {
  if (version.empty()) return {kNewestApiMinor};
  const size_t dot = version.find('.');
  const int major = number(version.substr(0, dot));
  std::string_view rest =
      dot == std::string_view::npos ? std::string_view("0") : version.substr(dot + 1);
  const int minor = number(rest.substr(0, rest.find('.')));
  if (major < 1 || (major == 1 && minor < kOldestApiMinor))
    throw Error(Errc::invalid, "client version " + std::string(version) +
                                   " is too old. Minimum supported API version is " +
                                   api_version(kOldestApiMinor) +
                                   ", please upgrade your client to a newer version");
  if (major > 1 || minor > kLenientMinor)
    throw Error(Errc::invalid, "client version " + std::string(version) +
                                   " is too new. Maximum supported API version is " +
                                   api_version(kNewestApiMinor));
  return {std::min(minor, kNewestApiMinor)};
}

}  // namespace gantry::http

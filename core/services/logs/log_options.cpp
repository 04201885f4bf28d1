#include "core/services/logs/log_options.hpp"

#include <cctype>

#include "core/base/byte_size.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/log_config.hpp"

namespace gantry::services {
namespace {

/// Docker's units.FromHumanSize for whole numbers: "10m", "1g", "500", "10mb"; decimal units.
std::uint64_t parse_size(const std::string& option, const std::string& text) {
  size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
  const auto number = text::to_int(std::string_view(text).substr(0, digits));
  const std::string unit = text::lower(text::trim(std::string_view(text).substr(digits)));
  std::uint64_t scale = 0;
  if (unit.empty() || unit == "b") scale = 1;
  if (unit == "k" || unit == "kb") scale = 1000;
  if (unit == "m" || unit == "mb") scale = 1000 * 1000;
  if (unit == "g" || unit == "gb") scale = 1000ull * 1000 * 1000;
  if (unit == "t" || unit == "tb") scale = 1000ull * 1000 * 1000 * 1000;
  if (!number || *number <= 0 || scale == 0 ||
      *number > INT64_MAX / static_cast<std::int64_t>(scale))
    throw Error(Errc::invalid, "invalid size for log option " + option + ": '" + text + "'");
  return static_cast<std::uint64_t>(*number) * scale;
}

/// Of a file alone there is nothing to compress.
void check_compression(const domain::HostConfig& host_config, const LogLimits& limits) {
  if (!text::to_bool(domain::log_option(host_config, "compress")).value_or(false)) return;
  if (host_config.log_type == "json-file" && (limits.max_files == 1 || limits.max_bytes == 0))
    throw Error(Errc::invalid,
                "compress cannot be true when max-file is less than 2 or max-size is not set");
  if (host_config.log_type == "local" && limits.max_files == 1)
    throw Error(Errc::invalid, "compression cannot be enabled when max file count is 1");
}

}  // namespace

LogLimits log_limits(const domain::HostConfig& host_config) {
  LogLimits limits;
  limits.keep = host_config.log_type != "none";
  const bool forwarded = domain::is_forwarded(host_config);
  // Docker's defaults of `local`, which it also keeps beside drivers that cannot be read.
  if (forwarded || host_config.log_type == "local") limits = {true, 20'000'000, 5};
  const std::string prefix = forwarded ? "cache-" : "";
  const auto& options = host_config.log_options;
  if (const auto size = options.find(prefix + "max-size");
      size != options.end() && size->second != "-1")
    limits.max_bytes = parse_size(size->first, size->second);
  if (const auto count = options.find(prefix + "max-file"); count != options.end()) {
    const auto number = text::to_int(count->second);
    if (!number || *number < 1 || *number > 1000)
      throw Error(Errc::invalid, count->first + " cannot be less than 1");
    limits.max_files = static_cast<std::uint32_t>(*number);
  }
  if (!domain::log_option(host_config, "max-buffer-size").empty())
    parse_ram_bytes(domain::log_option(host_config, "max-buffer-size"));
  return limits;
}

void check_log_options(const domain::HostConfig& host_config) {
  for (const char* name : {"max-size", "cache-max-size"})
    if (const std::string size = domain::log_option(host_config, name); size.starts_with('-'))
      throw Error(Errc::invalid, "invalid size: '" + size + "'");
  check_compression(host_config, log_limits(host_config));
}

}  // namespace gantry::services

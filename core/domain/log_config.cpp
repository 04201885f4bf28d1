#include "core/domain/log_config.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/pattern.hpp"

namespace gantry::domain {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view kFileDrivers[] = {"json-file", "local"};
/// What each line is told about, whichever driver.
constexpr std::string_view kDescribing[] = {"labels", "labels-regex", "env", "env-regex", "tag"};
constexpr std::string_view kDelivery[] = {"mode", "max-buffer-size"};
constexpr std::string_view kFile[] = {"max-size", "max-file", "compress"};
/// Of the file that `docker logs` reads beside another driver.
constexpr std::string_view kCache[] = {"cache-disabled", "cache-max-size", "cache-max-file",
                                       "cache-compress"};

bool is_one_of(std::string_view name, Names names) {
  return std::ranges::find(names, name) != names.end();
}

void check_delivery(const HostConfig& config) {
  const std::string mode = log_option(config, "mode");
  if (!mode.empty() && mode != "blocking" && mode != "non-blocking")
    invalid("logger: logging mode not supported: " + mode);
  if (config.log_options.contains("max-buffer-size") && mode != "non-blocking")
    invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
}

void check_patterns(const HostConfig& config) {
  for (const char* name : {"labels-regex", "env-regex"})
    if (const std::string value = log_option(config, name);
        !value.empty() && !Pattern::parse(value))
      invalid(std::string("invalid value for log option ") + name + ": '" + value +
              "' is no regular expression, or too long a one");
}

void check_flags(const HostConfig& config) {
  for (const char* name : {"compress", "cache-compress", "cache-disabled"}) {
    const std::string value = log_option(config, name);
    if (!value.empty() && !text::to_bool(value))
      invalid(std::string("invalid value for log option ") + name + ": '" + value + "'");
  }
}

}  // namespace

bool is_forwarded(const HostConfig& host_config) {
  return host_config.log_type != "none" && !is_one_of(host_config.log_type, kFileDrivers);
}

std::string log_option(const HostConfig& host_config, const std::string& name) {
  const auto found = host_config.log_options.find(name);
  return found == host_config.log_options.end() ? std::string() : found->second;
}

bool is_log_hidden(const HostConfig& host_config) {
  return text::to_bool(log_option(host_config, "cache-disabled")).value_or(false);
}

std::map<std::string, std::string> driver_options(const HostConfig& host_config) {
  std::map<std::string, std::string> own = host_config.log_options;
  std::erase_if(own, [](const auto& option) {
    return is_one_of(option.first, kDescribing) || is_one_of(option.first, kDelivery) ||
           is_one_of(option.first, kCache);
  });
  return own;
}

void parse_log_config(const json::Node& node, const LogDefaults& defaults, HostConfig& out) {
  const std::string type = node["Type"].str();
  out.log_type = type.empty() ? defaults.driver : type;
  out.log_options = node["Config"].string_map();
  if (out.log_type == defaults.driver)
    out.log_options.insert(defaults.options.begin(), defaults.options.end());
  if (out.log_type == "none") return;  // Docker looks at no options then
  const bool forwarded = is_forwarded(out);
  for (const auto& [name, value] : out.log_options) {
    const bool known = is_one_of(name, kDescribing) || is_one_of(name, kDelivery) ||
                       is_one_of(name, kCache) || forwarded || is_one_of(name, kFile);
    // The file of `local` has no place for a tag.
    if (!known || (name == "tag" && out.log_type == "local"))
      invalid("unknown log opt '" + name + "' for " + out.log_type + " log driver");
  }
  check_patterns(out);
  check_delivery(out);
  check_flags(out);
}

HostConfig check_log_defaults(const LogDefaults& defaults) {
  HostConfig parsed;
  try {
    parse_log_config({}, defaults, parsed);
  } catch (const Error& error) {
    throw Error(error.code(), std::string("logging.options: ") + error.what());
  }
  return parsed;
}

}  // namespace gantry::domain

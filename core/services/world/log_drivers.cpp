#include "core/services/world/log_drivers.hpp"

#include "core/base/error.hpp"
#include "core/base/host_name.hpp"
#include "core/base/log.hpp"
#include "core/domain/log_tag.hpp"
#include "core/services/world/log_details.hpp"

namespace gantry::services {
namespace {

/// `text` as it stands, or the default.
std::string tag_template(const domain::HostConfig& host_config) {
  const std::string text = domain::log_option(host_config, "tag");
  return text.empty() ? domain::kDefaultLogTag : text;
}

}  // namespace

LogDrivers::LogDrivers(pluginhost::PluginHost& plugins, domain::LogDefaults defaults)
    : plugins_(plugins), defaults_(std::move(defaults)) {
  for (const std::string& id : plugins_.missing_log_plugins())
    log::error("logging.plugins: there is no log driver \"" + id + "\"; it is left out");
  check_defaults();
}

void LogDrivers::check_defaults() {
  const domain::HostConfig host_config = domain::check_log_defaults(defaults_);
  if (!domain::is_forwarded(host_config)) return;
  try {
    plugins_.get_log_driver(defaults_.driver);
  } catch (const Error& error) {
    throw Error(Errc::invalid, std::string("logging.driver: ") + error.what());
  }
  try {
    check(host_config);
  } catch (const Error& error) {
    if (error.code() == Errc::invalid)
      throw Error(Errc::invalid, std::string("logging.options: ") + error.what());
    log::warn("logging.driver: " + defaults_.driver + ": " + error.what());
  }
}

void LogDrivers::check(const domain::HostConfig& host_config) {
  if (!domain::is_forwarded(host_config)) return;
  domain::expand_log_tag(tag_template(host_config), {}, {});
  try {
    plugins_.get_log_driver(host_config.log_type).check(domain::driver_options(host_config));
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw Error(Errc::invalid,
                "error looking up logging plugin " + host_config.log_type + ": " + error.what());
  }
}

pluginhost::LogSource LogDrivers::source(const domain::ContainerRecord& record) const {
  pluginhost::LogSource source;
  source.id = record.id;
  source.name = record.name;
  source.image = record.config.image;
  source.image_id = record.image_id;
  source.command = domain::log_command(record);
  source.daemon = host_name();
  source.tag = domain::expand_log_tag(tag_template(record.host_config), record, source.daemon);
  source.tag_given = !domain::log_option(record.host_config, "tag").empty();
  source.created_at = record.created;
  source.attributes = log_attributes(record);
  source.options = domain::driver_options(record.host_config);
  return source;
}

}  // namespace gantry::services

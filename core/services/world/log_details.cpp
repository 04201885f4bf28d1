#include "core/services/world/log_details.hpp"

#include "core/base/error.hpp"
#include "core/base/host_name.hpp"
#include "core/base/text.hpp"
#include "core/domain/log_config.hpp"
#include "core/domain/log_tag.hpp"
#include "core/domain/pattern.hpp"

namespace gantry::services {
namespace {

/// Go's url.QueryEscape.
std::string query_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      escaped += c;
    } else if (c == ' ') {
      escaped += '+';
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

std::string option(const domain::ContainerRecord& record, const char* name) {
  return domain::log_option(record.host_config, name);
}

/// Picks from `all` the comma-separated `names` and what matches `pattern`.
void pick(const std::map<std::string, std::string>& all, const std::string& names,
          const std::string& pattern, std::map<std::string, std::string>& picked) {
  for (const std::string& name : text::split(names, ',')) {
    const auto found = all.find(name);
    if (!name.empty() && found != all.end()) picked.insert(*found);
  }
  if (pattern.empty()) return;
  // An unreadable pattern picks nothing.
  if (const auto regex = domain::Pattern::parse(pattern))
    for (const auto& [name, value] : all)
      if (regex->found_in(name)) picked.emplace(name, value);
}

/// What we do not know of Go's templates stays as it stands.
std::string expanded(const std::string& tag, const domain::ContainerRecord& record) {
  try {
    return domain::expand_log_tag(tag, record, host_name());
  } catch (const Error&) {
    return tag;
  }
}

}  // namespace

std::map<std::string, std::string> log_attributes(const domain::ContainerRecord& record) {
  std::map<std::string, std::string> env, picked;
  for (const std::string& variable : record.config.env)
    if (const size_t equals = variable.find('='); equals != std::string::npos)
      env.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  pick(record.config.labels, option(record, "labels"), option(record, "labels-regex"), picked);
  pick(env, option(record, "env"), option(record, "env-regex"), picked);
  return picked;
}

std::string log_details(const domain::ContainerRecord& record) {
  std::string text;
  auto attributes = log_attributes(record);
  if (const std::string tag = option(record, "tag");
      !tag.empty() && record.host_config.log_type == "json-file")
    attributes["tag"] = expanded(tag, record);
  for (const auto& [name, value] : attributes)
    text.append(text.empty() ? "" : ",")
        .append(query_escape(name))
        .append("=")
        .append(query_escape(value));
  return text + " ";
}

}  // namespace gantry::services

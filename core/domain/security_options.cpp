#include "core/domain/security_options.hpp"

#include "core/base/error.hpp"
#include "core/json/reader.hpp"

namespace gantry::domain {
namespace {

bool flag(const std::string& option, const std::string& value) {
  if (value.empty() || value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  invalid("invalid --security-opt 2: \"" + option + "\"");
}

std::string seccomp_profile(const std::string& value) {
  if (value == "unconfined") return value;
  if (value == "builtin" || value == "default") return "default";
  // The CLI reads profile files itself and sends their content.
  return parse_seccomp_profile(value);
}

void check_label(const std::string& value) {
  const std::string field = value.substr(0, value.find(':'));
  if (value == "disable" || value == "nested") return;
  for (const std::string_view known : {"user", "role", "type", "level", "filetype"})
    if (field == known && value.size() > field.size()) return;
  invalid(
      "Bad label option \"" + value +
      "\", valid options 'disable' or \n'user, role, level, type, filetype' followed by ':' and "
      "a value");
}

}  // namespace

std::string parse_seccomp_profile(const std::string& text) {
  try {
    const auto profile = json::Document::parse(text);
    if (!profile.root().is_object()) invalid("it is not an object");
    return profile.root().raw();
  } catch (const Error& error) {
    invalid(std::string("Decoding seccomp profile failed: ") + error.what());
  }
}

std::string effective_seccomp(const SecurityOptions& options, bool privileged,
                              const std::string& by_default) {
  if (privileged)
    return options.seccomp.empty() || options.seccomp == "default" ? "unconfined" : options.seccomp;
  return options.seccomp.empty() ? by_default : options.seccomp;
}

std::string effective_apparmor(const SecurityOptions& options, bool privileged) {
  if (!options.apparmor.empty()) return options.apparmor;
  return privileged ? "unconfined" : "default";
}

SecurityOptions parse_security_options(const std::vector<std::string>& options) {
  SecurityOptions parsed;
  for (const std::string& option : options) {
    // "name=value", or "name:value" as old clients write it.
    const size_t separator = option.find_first_of("=:");
    const std::string name = option.substr(0, separator);
    const std::string value =
        separator == std::string::npos ? std::string() : option.substr(separator + 1);
    if (name == "no-new-privileges") {
      parsed.no_new_privileges = flag(option, value);
    } else if (name == "writable-cgroups") {
      parsed.writable_cgroups = flag(option, value);
    } else if (separator == std::string::npos) {
      invalid("invalid --security-opt 1: \"" + option + "\"");
    } else if (name == "seccomp") {
      parsed.seccomp = seccomp_profile(value);
    } else if (name == "apparmor") {
      if (value.empty()) invalid("invalid --security-opt: \"" + option + "\" names no profile");
      // What Docker calls the engine's own.
      parsed.apparmor = value == "docker-default" ? "default" : value;
    } else if (name == "label") {
      check_label(value);
      if (value != "disable") parsed.selinux_label = option;
    } else {
      invalid("invalid --security-opt 2: \"" + option + "\"");
    }
  }
  return parsed;
}

}  // namespace gantry::domain

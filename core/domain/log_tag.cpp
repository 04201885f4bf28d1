#include "core/domain/log_tag.hpp"

#include <functional>
#include <map>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {
namespace {

constexpr size_t kShortId = 12;

[[noreturn]] void refuse_tag(const std::string& text, const std::string& what) {
  throw Error(Errc::invalid, "invalid log option tag \"" + text + "\": " + what);
}

std::string short_id(std::string_view id) {
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  return std::string(id.substr(0, kShortId));
}

std::string field(std::string_view name, const ContainerRecord& record, const std::string& daemon,
                  const std::string& text) {
  if (name == ".ID") return short_id(record.id);
  if (name == ".FullID" || name == ".ContainerID") return record.id;
  if (name == ".Name") return record.name;
  if (name == ".ContainerName") return "/" + record.name;
  if (name == ".ImageID") return short_id(record.image_id);
  if (name == ".ImageFullID" || name == ".ContainerImageID") return record.image_id;
  if (name == ".ImageName" || name == ".ContainerImageName") return record.config.image;
  if (name == ".Command") return log_command(record);
  if (name == ".DaemonName") return daemon;
  refuse_tag(text, "there is no field " + std::string(name));
}

/// `index .ContainerLabels "key"`; nullopt: something else.
std::optional<std::string> label(std::string_view action, const ContainerRecord& record) {
  constexpr std::string_view kStart = "index .ContainerLabels \"";
  if (!action.starts_with(kStart) || !action.ends_with('"')) return std::nullopt;
  action.remove_prefix(kStart.size());
  action.remove_suffix(1);
  const auto found = record.config.labels.find(std::string(action));
  return found == record.config.labels.end() ? std::string() : found->second;
}

}  // namespace

std::string log_command(const ContainerRecord& record) {
  std::string command = record.path;
  for (const std::string& argument : record.args) command += " " + argument;
  return command;
}

std::string expand_log_tag(const std::string& text, const ContainerRecord& record,
                           const std::string& daemon) {
  std::string expanded;
  size_t at = 0;
  for (size_t open; (open = text.find("{{", at)) != std::string::npos;) {
    const size_t close = text.find("}}", open + 2);
    if (close == std::string::npos) refuse_tag(text, "unclosed action");
    expanded.append(text, at, open - at);
    const std::string action(text::trim(std::string_view(text).substr(open + 2, close - open - 2)));
    const auto value = label(action, record);
    expanded += value ? *value : field(action, record, daemon, text);
    at = close + 2;
  }
  return expanded.append(text, at);
}

}  // namespace gantry::domain

#include "core/build/arguments.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"
#include "core/build/instruction_flags.hpp"

namespace gantry::build {
namespace {

// Of arguments that are for the builder itself.
constexpr std::string_view kBuilder = "BUILDKIT_";

bool is_proxy(std::string_view name) {
  static constexpr std::string_view kProxies[] = {
      "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",
      "ftp_proxy",  "NO_PROXY",   "no_proxy",    "ALL_PROXY",   "all_proxy"};
  return std::find(std::begin(kProxies), std::end(kProxies), name) != std::end(kProxies);
}

std::set<std::string_view> names_of(const std::vector<std::string>& env) {
  std::set<std::string_view> names;
  for (const std::string_view entry : env) names.insert(entry.substr(0, entry.find('=')));
  return names;
}

void add_platform(const std::string& prefix, const images::Platform& platform,
                  std::map<std::string, std::string>& into) {
  into[prefix + "PLATFORM"] = platform.str();
  into[prefix + "OS"] = platform.os;
  into[prefix + "ARCH"] = platform.architecture;
  into[prefix + "VARIANT"] = platform.variant;
}

}  // namespace

std::vector<Argument> parse_arguments(const Instruction& instruction, const Environment& words,
                                      char escape) {
  flag_values(instruction.flags, {}, escape);
  std::vector<Argument> arguments;
  for (const std::string& word : dockerfile_words(instruction.rest, words, escape)) {
    const std::size_t equals = word.find('=');
    Argument argument{word.substr(0, equals), std::nullopt};
    if (argument.name.empty()) throw Error(Errc::invalid, "ARG names can not be blank");
    if (equals != std::string::npos) argument.value = word.substr(equals + 1);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

std::map<std::string, std::string> platform_arguments(const images::Platform& target,
                                                      const images::Platform& host) {
  std::map<std::string, std::string> values;
  add_platform("TARGET", target, values);
  add_platform("BUILD", host, values);
  return values;
}

Arguments::Arguments(GivenArguments given, std::map<std::string, std::string> automatic)
    : given_(std::move(given)), automatic_(std::move(automatic)) {}

std::optional<std::string> Arguments::value(const std::string& name,
                                            const std::optional<std::string>& fallback) const {
  if (const auto found = given_.find(name); found != given_.end() && found->second)
    return found->second;
  if (fallback) return fallback;
  if (const auto found = global_.find(name); found != global_.end()) return found->second;
  if (const auto found = automatic_.find(name); found != automatic_.end()) return found->second;
  return std::nullopt;
}

void Arguments::declare_global(const std::string& name, std::optional<std::string> fallback) {
  used_.insert(name);
  auto chosen = value(name, fallback);
  global_[name] = std::move(chosen);
}

void Arguments::declare(const std::string& name, std::optional<std::string> fallback) {
  used_.insert(name);
  auto chosen = value(name, fallback);
  declared_[name] = std::move(chosen);
}

Environment Arguments::global_words() const {
  Environment words;
  for (const auto& [name, text] : global_)
    if (text) words.push_back(name + "=" + *text);
  for (const auto& [name, text] : automatic_)
    if (!global_.contains(name)) words.push_back(name + "=" + value(name, text).value_or(""));
  return words;
}

Environment Arguments::words(const std::vector<std::string>& env) const {
  // The first of a name is found: variables hide arguments.
  Environment words = env;
  for (const std::string& argument : visible(env, true)) words.push_back(argument);
  return words;
}

Environment Arguments::for_command(const std::vector<std::string>& env) const {
  return visible(env, true);
}

Environment Arguments::for_history(const std::vector<std::string>& env) const {
  return visible(env, false);
}

Environment Arguments::visible(const std::vector<std::string>& env, bool with_proxies) const {
  const std::set<std::string_view> variables = names_of(env);
  Environment result;
  for (const auto& [name, text] : declared_)
    if (text && !variables.contains(name)) result.push_back(name + "=" + *text);
  if (with_proxies)
    for (const auto& [name, text] : given_)
      if (text && is_proxy(name) && !declared_.contains(name) && !variables.contains(name))
        result.push_back(name + "=" + *text);
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> Arguments::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, text] : given_)
    if (!used_.contains(name) && !is_proxy(name) && !name.starts_with(kBuilder) &&
        !automatic_.contains(name))
      names.push_back(name);
  return names;
}

}  // namespace gantry::build

#include "core/build/run_mount.hpp"

#include <charconv>
#include <map>
#include <vector>

#include "core/base/byte_size.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/source_tree.hpp"

namespace gantry::build {
namespace {

using Options = std::map<std::string, std::string>;

/// As a line of CSV: a comma between double quotes is none.
std::vector<std::string> split_fields(const std::string& text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  if (quoted) invalid("--mount: a quote is not closed in " + text);
  return fields;
}

Options parse_options(const std::string& text, const Environment& words, char escape) {
  Options options;
  for (const std::string& part : split_fields(text)) {
    const std::size_t equals = part.find('=');
    std::string key = text::lower(part.substr(0, equals));
    // A variable's commas are part of the value.
    const std::string value = equals == std::string::npos
                                  ? std::string("true")
                                  : dockerfile_word(part.substr(equals + 1), words, escape);
    if (key == "dst" || key == "destination") key = "target";
    if (key == "src") key = "source";
    if (key == "ro") key = "readonly";
    if (key == "rw") key = "readwrite";
    if (!options.emplace(key, value).second) invalid("--mount: \"" + key + "\" is given twice");
  }
  return options;
}

class Reader {
 public:
  explicit Reader(Options options) : options_(std::move(options)) {}

  std::string take(const char* key, const std::string& fallback = {}) {
    const auto found = options_.find(key);
    if (found == options_.end()) return fallback;
    std::string value = std::move(found->second);
    options_.erase(found);
    return value;
  }
  bool flag(const char* key, bool fallback) {
    const std::string value = text::lower(take(key, fallback ? "true" : "false"));
    if (value != "true" && value != "false" && value != "1" && value != "0")
      invalid("--mount: invalid value for " + std::string(key) + ": " + value);
    return value == "true" || value == "1";
  }
  std::uint32_t number(const char* key, std::uint32_t fallback, int base) {
    const std::string value = take(key);
    if (value.empty()) return fallback;
    std::int32_t result = 0;
    const char* end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, result, base);
    if (read.ec != std::errc() || read.ptr != end || result < 0)
      invalid("--mount: invalid value for " + std::string(key) + ": " + value);
    return static_cast<std::uint32_t>(result);
  }
  void finish(const std::string& type) const {
    if (!options_.empty())
      invalid("--mount: unexpected key '" + options_.begin()->first + "' for type " + type);
  }

 private:
  Options options_;
};

std::uint64_t parse_size(const std::string& text) {
  if (text.empty()) return 0;
  try {
    return parse_ram_bytes(text);
  } catch (const Error&) {
    invalid("--mount: invalid size: " + text);
  }
}

std::string absolute(const std::string& path, const std::string& below) {
  const auto clean = clean_source(path.starts_with('/') ? path : below + "/" + path);
  if (!clean || clean->empty()) invalid("--mount: invalid mount target \"" + path + "\"");
  return "/" + *clean;
}

std::string source_path(const std::string& path) {
  const auto clean = clean_source(path);
  if (!clean) invalid("--mount: forbidden path outside the source: " + path);
  return *clean;
}

RunMount::Sharing sharing_of(const std::string& text) {
  if (text == "shared") return RunMount::Sharing::shared;
  // A private cache would be another one while this is in use; here it is waited for.
  if (text == "locked" || text == "private") return RunMount::Sharing::locked;
  invalid("--mount: unsupported sharing value \"" + text + "\"");
}

RunMount read_ssh(Reader& options, const std::string& work_directory) {
  RunMount mount;
  mount.kind = RunMount::Kind::ssh;
  mount.id = options.take("id");
  if (const std::string target = options.take("target"); !target.empty())
    mount.target = absolute(target, work_directory);
  mount.required = options.flag("required", false);
  mount.mode = options.number("mode", 0600, 8);
  mount.uid = options.number("uid", 0, 10);
  mount.gid = options.number("gid", 0, 10);
  return mount;
}

RunMount read_secret(Reader& options, const std::string& work_directory) {
  RunMount mount;
  mount.kind = RunMount::Kind::secret;
  mount.id = options.take("id");
  if (const std::string source = options.take("source"); mount.id.empty()) mount.id = source;
  options.take("readonly");  // it is, whatever is said
  mount.variable = options.take("env");
  std::string target = options.take("target");
  if (mount.id.empty()) mount.id = target.substr(target.rfind('/') + 1);
  if (mount.id.empty()) invalid("--mount: a secret needs an id or a target");
  if (target.empty() && mount.variable.empty())
    target = "/run/secrets/" + mount.id.substr(mount.id.rfind('/') + 1);
  if (!target.empty()) mount.target = absolute(target, work_directory);
  mount.required = options.flag("required", false);
  mount.mode = options.number("mode", 0400, 8);
  mount.uid = options.number("uid", 0, 10);
  mount.gid = options.number("gid", 0, 10);
  return mount;
}

}  // namespace

RunMount parse_run_mount(const std::string& text, const Environment& words, char escape,
                         const std::string& work_directory) {
  Reader options(parse_options(text, words, escape));
  const std::string type = options.take("type", "bind");
  RunMount mount;
  if (type == "secret" || type == "ssh") {
    mount =
        type == "ssh" ? read_ssh(options, work_directory) : read_secret(options, work_directory);
    mount.text = text;
    options.finish(type);
    return mount;
  }
  mount.text = text;
  const std::string target = options.take("target");
  if (target.empty()) invalid("--mount: target is required for type " + type);
  mount.target = absolute(target, work_directory);
  if (type == "tmpfs") {
    mount.kind = RunMount::Kind::tmpfs;
    mount.size = parse_size(options.take("size"));
  } else if (type == "bind" || type == "cache") {
    mount.kind = type == "bind" ? RunMount::Kind::bind : RunMount::Kind::cache;
    mount.from = options.take("from");
    mount.source = source_path(options.take("source"));
    mount.read_only = options.flag("readonly", type == "bind");
    mount.read_only = !options.flag("readwrite", !mount.read_only);
  } else {
    invalid("--mount: unsupported mount type \"" + type + "\"");
  }
  if (type == "cache") {
    mount.id = options.take("id", mount.target);
    mount.sharing = sharing_of(options.take("sharing", "shared"));
    mount.mode = options.number("mode", 0755, 8);
    mount.uid = options.number("uid", 0, 10);
    mount.gid = options.number("gid", 0, 10);
  }
  options.finish(type);
  return mount;
}

}  // namespace gantry::build

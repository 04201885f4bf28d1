#include "core/buildkit/definition.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/build/git_url.hpp"
#include "core/build/source_tree.hpp"

namespace gantry::buildkit {
namespace {

constexpr std::string_view kImage = "docker-image://", kGit = "git://";

bool is_http(const std::string& identifier) {
  return identifier.starts_with("http://") || identifier.starts_with("https://");
}

std::string digest_of(const std::string& op) { return "sha256:" + sha256_hex(op); }

bool is_true(const std::string& value) { return value == "true"; }

/// Reads the ops one after the other: each takes from the one before.
class GraphReader {
 public:
  explicit GraphReader(const std::string& what) : what_(what) {}

  GraphSource read(const proto::Definition& definition) {
    for (const std::string& text : definition.ops()) {
      proto::Op op;
      if (!op.ParseFromString(text)) throw Error(Errc::invalid, what_ + " cannot be read");
      const bool is_last = &text == &*definition.ops().rbegin();
      if (op.has_source())
        read_source(op.source());
      else if (op.has_file())
        read_file(op);
      else if (!is_last || op.inputs_size() != 1)
        unsupported();
      else  // it only says which of the others is meant
        check_input(op);
      before_ = digest_of(text);
    }
    if (graph_.image.empty() && !graph_.remote) throw Error(Errc::invalid, what_ + " is empty");
    return std::move(graph_);
  }

 private:
  [[noreturn]] void unsupported(const std::string& why = {}) const {
    throw Error(Errc::unsupported,
                what_ + ": only images, Git repositories and URLs can be sources of a build" +
                    (why.empty() ? "" : ": " + why + " is not supported"));
  }

  void check_input(const proto::Op& op) const {
    if (before_.empty()) throw Error(Errc::invalid, what_ + " is empty");
    if (op.inputs(0).digest() != before_ || op.inputs(0).index() != 0) unsupported();
  }

  void read_source(const proto::SourceOp& source) {
    const std::string& identifier = source.identifier();
    if (!before_.empty()) unsupported();
    if (identifier.starts_with(kImage))
      graph_.image = identifier.substr(kImage.size());
    else if (identifier.starts_with(kGit))
      graph_.remote = {repository(source)};
    else if (is_http(identifier))
      graph_.remote = file(source);
    else
      unsupported();
  }

  build::GitUrl repository(const proto::SourceOp& source) const {
    const std::string place = source.identifier().substr(kGit.size());
    const std::size_t hash = place.find('#');
    const auto& attributes = source.attributes();
    const auto full = attributes.find("git.fullurl");
    build::GitUrl url = build::make_git_url(
        full == attributes.end() ? "https://" + place.substr(0, hash) : full->second,
        hash == std::string::npos ? std::string() : place.substr(hash + 1));
    for (const auto& [key, value] : attributes) read_git(key, value, url);
    return url;
  }

  // Secrets and the agent are those that every fetch asks for. The keys that the client has seen of
  // a host are no better than those that git will see.
  void read_git(const std::string& key, const std::string& value, build::GitUrl& url) const {
    constexpr std::string_view kKnown[] = {"git.fullurl",          "git.authtokensecret",
                                           "git.authheadersecret", "git.mountsshsock",
                                           "git.knownsshhosts",    "git.advice"};
    if (std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown)) return;
    if (key == "git.keepgitdir")
      url.keep_git = is_true(value);
    else if (key == "git.checksum")
      url.checksum = build::parse_git_checksum(value);
    else if (key == "git.skipsubmodules")
      url.submodules = !is_true(value);
    else if (key == "git.mtime")
      url.commit_times = value == "commit";
    else if (key == "git.fetchbycommit" && !is_true(value))
      return;
    else
      unsupported(key);
  }

  services::RemoteSource file(const proto::SourceOp& source) const {
    services::RemoteSource remote{std::nullopt, source.identifier()};
    for (const auto& [key, value] : source.attributes()) {
      const auto name = build::clean_source(value);
      if (key != "http.filename" || !name || name->empty()) unsupported(key);
      remote.name = *name;
    }
    return remote;
  }

  /// The one that unpacks what a URL has.
  void read_file(const proto::Op& op) {
    if (!graph_.remote || graph_.remote->repository || graph_.remote->unpack ||
        op.inputs_size() != 1 || op.file().actions_size() != 1)
      unsupported("a file operation");
    check_input(op);
    const proto::FileAction& action = op.file().actions(0);
    const proto::FileActionCopy& copy = action.copy();
    const bool is_plain = !copy.has_owner() && copy.mode() == -1 && copy.mode_text().empty() &&
                          copy.include_patterns().empty() && copy.exclude_patterns().empty() &&
                          copy.required_paths().empty();
    if (!action.has_copy() || action.input() != -1 || action.secondary_input() != 0 ||
        action.output() != 0 || !is_plain || !copy.unpack() || copy.target() != "/" ||
        build::clean_source(copy.source()) != graph_.remote->name)
      unsupported("a file operation");
    graph_.remote->unpack = true;
  }

  const std::string& what_;
  GraphSource graph_;
  std::string before_;  // digest of the op before
};

}  // namespace

proto::Definition definition_of(const std::string& image) {
  proto::Op source;
  source.mutable_source()->set_identifier(std::string(kImage) + image);
  proto::Definition definition;
  const std::string text = source.SerializeAsString();
  definition.add_ops(text);
  proto::Op last;
  const std::string digest = digest_of(text);
  last.add_inputs()->set_digest(digest);
  definition.add_ops(last.SerializeAsString());
  (*definition.mutable_metadata())[digest];
  return definition;
}

GraphSource read_definition(const std::string& what, const proto::Definition& definition) {
  return GraphReader(what).read(definition);
}

Inputs read_inputs(const google::protobuf::Map<std::string, proto::Definition>& inputs) {
  Inputs sources;
  for (const auto& [name, definition] : inputs)
    sources[name] = read_definition("input " + name, definition);
  return sources;
}

}  // namespace gantry::buildkit

#include "core/services/builds/build_files.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/build/copy_parents.hpp"
#include "core/build/image_path.hpp"
#include "core/build/name_pattern.hpp"
#include "core/images/registry_download.hpp"
#include "core/services/builds/git_checkout.hpp"
#include "core/services/images/root_layer.hpp"

namespace gantry::services {
namespace {

constexpr std::uint32_t kUrlMode = 0600;
constexpr std::size_t kFilePiece = 128u << 10;

/// The file's name in a URL: its path's last part.
std::string url_name(const std::string& url) {
  std::string path = url.substr(url.find("://") + 3);
  path = path.substr(0, path.find_first_of("?#"));
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(slash + 1);
}

std::string history_line(const build::CopyInstruction& copy, const std::string& digest) {
  std::string line = copy.name + " ";
  for (const std::string& flag : copy.history_flags) line += flag + " ";
  return line + digest + " in " + copy.target + " ";
}

void add_document(const build::Heredoc& document, build::SourceTree& into) {
  images::ArchiveEntry entry;
  entry.mtime = now_nanos();
  std::string_view left = document.content;
  into.add_file(document.name, entry, [&] { return std::exchange(left, {}); });
}

bool names_directory(const std::string& target) {
  return target.ends_with('/') || target.ends_with("/.") || target == ".";
}

}  // namespace

struct BuildFiles::Sources {
  ClientFiles::Tree tree;
  bool has_owners = false;   // which are kept
  bool is_of_client = true;  // and not of an image
  std::vector<build::CopySource> chosen;
  build::CopyOptions options;  // but for the owner, which only the image knows
  std::string commits;         // of repositories, which say what the files are
  bool keeps_git = false;      // what git writes down for itself is never the same twice

  std::string digest(const build::CopyOptions& described) const {
    return keeps_git ? "git:" + sha256_hex(commits) : build::digest_of(*tree, chosen, described);
  }
  bool lack_contents() const {
    return std::any_of(chosen.begin(), chosen.end(), [this](const build::CopySource& source) {
      return tree->lacks_content(source.path);
    });
  }
};

std::string BuildFiles::add_url(const std::string& url, const build::CopyInstruction& copy,
                                build::SourceTree& into) {
  std::string name = url_name(url);
  if (name.empty()) {
    if (copy.target.ends_with('/'))
      throw Error(Errc::invalid, "cannot determine filename for source " + url);
    name = "download";
  }
  images::UrlDownload download(url, world_.registry, stop_);
  std::vector<char> buffer(kFilePiece);
  images::ArchiveEntry entry;
  entry.mode = kUrlMode;
  entry.mtime = download.modified();
  into.add_file(name, entry, [&] {
    return std::string_view(buffer.data(), download.read(buffer.data(), buffer.size()));
  });
  const std::string digest = "sha256:" + into.find(name)->digest;
  if (!copy.checksum.empty() && digest != copy.checksum)
    throw Error(Errc::invalid, "digest mismatch " + digest + ": " + copy.checksum);
  return name;
}

void BuildFiles::add_repository(const build::GitUrl& url, build::SourceTree& into,
                                Sources& sources) {
  const bool keep = url.keep_git.value_or(false);
  const GitCheckout checkout(
      {url, keep}, {world_.request, world_.registry, world_.directory, world_.secrets, stop_});
  std::string place = "git";
  while (into.find(place) != nullptr) place += "+";
  checkout.read(place, into);
  sources.chosen.push_back({place, place, true});
  sources.commits += checkout.commit() + " " + url.remote + " " + url.ref + " " + url.directory +
                     (keep ? " .git" : "") + (url.submodules ? " submodules" : "") +
                     (url.commit_times ? " times\n" : "\n");
  sources.keeps_git = sources.keeps_git || keep;
}

// The paths in the tree are those in the image.
void BuildFiles::fetch_from_image(const build::CopyInstruction& copy, build::SourceTree& into) {
  const images::PinnedImage image = world_.find_image(copy.from);
  BuildRoot root(world_.runtime, image.image ? image->top_chain_id() : std::string(), stop_);
  for (const std::string& source : copy.parents ? build::places_of(copy.sources) : copy.sources) {
    const auto clean = build::clean_source(source);
    if (!clean) throw Error(Errc::invalid, "forbidden path outside the image: " + source);
    if (build::has_wildcard(*clean))
      root.get_matches(*clean, into);
    else
      root.get("/" + *clean, into);
    if (copy.parents) root.get_parents("/" + *clean, into);
  }
}

// URLs, repositories and here-documents: in a tree of their own.
void BuildFiles::make_sources(const build::CopyInstruction& copy, build::SourceTree& made,
                              Sources& sources) {
  const auto keeps = [](const build::GitUrl& url) { return url.keep_git.value_or(false); };
  if (copy.source_count() != copy.repositories.size() &&
      std::any_of(copy.repositories.begin(), copy.repositories.end(), keeps))
    throw Error(Errc::invalid, copy.name +
                                   " of repositories with their .git together with others is not "
                                   "supported: use one " +
                                   copy.name + " for each");
  const auto choose = [&](const std::string& name) {
    sources.chosen.push_back({name, name, false});
  };
  for (const std::string& url : copy.urls) choose(add_url(url, copy, made));
  for (const build::Heredoc& document : copy.documents) {
    add_document(document, made);
    choose(document.name);
  }
  for (const build::GitUrl& url : copy.repositories) add_repository(url, made, sources);
}

BuildFiles::Sources BuildFiles::find_sources(const build::CopyInstruction& copy,
                                             ClientFiles::Need need) {
  Sources sources;
  sources.options.mode = copy.mode;
  sources.options.exclude = copy.exclude;
  const auto own = [&]() -> build::SourceTree& {
    const auto made = std::make_shared<build::SourceTree>(world_.directory);
    sources.tree = made;
    return *made;
  };
  if (ClientFiles* files = world_.context.find(copy.from)) {
    sources.tree =
        files->with(copy.parents ? build::places_of(copy.sources) : copy.sources, need, stop_);
    sources.has_owners = files->has_owners;
  } else {
    sources.is_of_client = false;
    fetch_from_image(copy, own());
  }
  const std::string where = copy.from.empty()      ? "build context"
                            : sources.is_of_client ? "context " + copy.from
                                                   : "image " + copy.from;
  if (!copy.sources.empty())
    sources.chosen = (copy.parents ? build::choose_with_parents : build::choose_sources)(
        *sources.tree, copy.sources, where);
  if (copy.source_count() != copy.sources.size()) {
    if (!copy.sources.empty())
      throw Error(Errc::invalid, copy.name +
                                     " of files together with URLs or here-documents is not "
                                     "supported: use one " +
                                     copy.name + " for each");
    make_sources(copy, own(), sources);
  }
  const bool may_be_empty = world_.empty_patterns && !copy.sources.empty();
  if (sources.chosen.empty() && !may_be_empty)
    throw Error(Errc::invalid, "no source files were specified");
  return sources;
}

std::optional<RootLayer> BuildFiles::make_layer(const build::CopyInstruction& copy,
                                                const Sources& sources, const BuildStage& stage,
                                                BuildRoot& root) {
  build::CopyOptions options = sources.options;
  if (!copy.owner.empty())
    options.owner =
        root.owner(copy.owner, world_.request.buildkit_rules ? BuildRoot::OwnerRules::buildkit
                                                             : BuildRoot::OwnerRules::classic);
  else if (sources.is_of_client && !sources.has_owners)
    options.owner = {0, 0};  // whoever owns the client's files
  std::vector<build::CopySource> plain, archives;
  for (const build::CopySource& source : sources.chosen) {
    const bool unpack = copy.unpack.value_or(copy.is_add() && copy.urls.empty()) &&
                        !source.is_directory &&
                        sources.tree->is_archive(*sources.tree->find(source.path));
    (unpack ? archives : plain).push_back(source);
  }
  build::CopyTarget target =
      root.find(build::image_path(copy.target, stage.defaults().working_dir));
  target.wants_directory = names_directory(copy.target) || copy.parents || !archives.empty() ||
                           sources.chosen.size() > 1;
  const auto items = build::plan_copy(*sources.tree, plain, target, options, now_nanos());
  root.put("/", [&](const images::ArchiveWriter::Sink& sink) {
    build::write_items(*sources.tree, items, sink);
  });
  const bool owned = !copy.owner.empty();
  for (const build::CopySource& archive : archives)
    root.put(target.path, sources.tree->content(*sources.tree->find(archive.path)),
             owned ? options.owner : std::nullopt);
  return take_layer(world_.runtime, world_.blobs, root.id(), stop_);
}

BuildStage::Step BuildFiles::describe(const build::CopyInstruction& copy, const Sources& sources,
                                      const BuildStage& stage) {
  build::CopyOptions described = sources.options;
  // Owners of the client's files make no difference, neither in the copy nor to the cache.
  const bool owners_count = !sources.is_of_client || sources.has_owners;
  if (!owners_count || !copy.owner.empty()) described.owner = {0, 0};
  return stage.next(
      BuildStage::told(stage.defaults(), history_line(copy, sources.digest(described))));
}

void BuildFiles::copy(const build::Instruction& instruction, const build::Environment& words,
                      BuildStage& stage) {
  const build::CopyInstruction copy = build::parse_copy(instruction, words, stage.words().escape);
  try {
    Sources sources = find_sources(
        copy, stage.may_be_cached() ? ClientFiles::Need::digests : ClientFiles::Need::contents);
    BuildStage::Step step = describe(copy, sources, stage);
    if (stage.use_cached(step, stop_)) return output_.cached();
    if (sources.lack_contents()) {
      sources = find_sources(copy, ClientFiles::Need::contents);
      const std::string before = std::exchange(step, describe(copy, sources, stage)).key();
      // The client has changed its files in this moment.
      if (step.key() != before && stage.use_cached(step, stop_)) return output_.cached();
    }
    BuildRoot root(world_.runtime, stage.chain_id(), stop_);
    stage.commit(step, make_layer(copy, sources, stage, root), stop_);
  } catch (const build::MissingSource& error) {
    throw build::MissingSource(copy.name + " failed: " + error.what(), error.path());
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    throw Error(error.code(), copy.name + " failed: " + error.what());
  }
}

void BuildFiles::make_work_directory(const BuildStage::Step& step, BuildStage& stage) {
  BuildRoot root(world_.runtime, stage.chain_id(), stop_);
  build::CopyTarget target = root.find(step.defaults.working_dir);
  if (target.exists) {
    if (!target.is_directory)
      throw Error(Errc::invalid,
                  "Cannot mkdir: " + step.defaults.working_dir + " is not a directory");
    return stage.commit(step, std::nullopt, stop_);
  }
  target.wants_directory = true;
  const build::SourceTree nothing(world_.directory);
  const auto items = build::plan_copy(nothing, {}, target, {}, now_nanos());
  root.put("/", [&](const images::ArchiveWriter::Sink& sink) {
    build::write_items(nothing, items, sink);
  });
  stage.commit(step, take_layer(world_.runtime, world_.blobs, root.id(), stop_), stop_);
}

}  // namespace gantry::services

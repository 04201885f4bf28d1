#include "core/build/copy_plan.hpp"

#include <tuple>
#include <unordered_map>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/build/name_pattern.hpp"

namespace gantry::build {
namespace {

using images::ArchiveEntry;

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string join(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

// Without the slash in front.
std::string relative(const std::string& absolute) { return absolute.substr(1); }

// What many patterns and directories choose over and over again has to end somewhere.
constexpr std::size_t kMaxFiles = 2'000'000;

void count_file(std::size_t& files) {
  if (++files > kMaxFiles) throw Error(Errc::invalid, "too many files");
}

class Planner {
 public:
  Planner(const CopyOptions& options, UnixNanos now) : options_(options), now_(now) {}

  void new_directory(const std::string& absolute) {
    ArchiveEntry entry;
    entry.kind = ArchiveEntry::Kind::directory;
    entry.mode = 0755;
    entry.mtime = now_;
    if (options_.owner) std::tie(entry.uid, entry.gid) = *options_.owner;
    items_.push_back({relative(absolute), entry, 0, {}});
  }

  /// A file of another source directory is another file, whatever it is linked to there.
  void begin_source() { first_by_offset_.clear(); }

  void add(const std::string& absolute, const SourceFile& file) {
    count_file(files_);
    if (file.lacks_content)
      throw Error(Errc::invalid, "\"" + absolute + "\": its source was removed during the build");
    CopyItem item{relative(absolute), file.entry, file.offset, {}};
    // Nothing but links share a place in the file of contents.
    if (file.entry.kind == ArchiveEntry::Kind::file && file.entry.size > 0) {
      const auto [first, is_new] = first_by_offset_.try_emplace(file.offset, item.path);
      if (!is_new) item.first = first->second;
    }
    if (options_.owner) std::tie(item.entry.uid, item.entry.gid) = *options_.owner;
    if (options_.mode && !file.is_symlink())
      item.entry.mode = options_.mode->apply(item.entry.mode, file.is_directory());
    items_.push_back(std::move(item));
  }

  std::vector<CopyItem> take() { return std::move(items_); }

 private:
  const CopyOptions& options_;
  const UnixNanos now_;
  std::size_t files_ = 0;
  std::unordered_map<std::uint64_t, std::string> first_by_offset_;
  std::vector<CopyItem> items_;
};

void describe(Sha256& sha, std::string_view path, const SourceFile& file,
              const CopyOptions& options) {
  const ArchiveEntry& entry = file.entry;
  std::string line(path);
  line += '\0';
  line += std::to_string(static_cast<int>(entry.kind)) + ' ';
  line += std::to_string(file.is_symlink() ? 0 : entry.mode) + ' ';
  // An owner that the copy gets anyhow is no difference.
  if (!options.owner) line += std::to_string(entry.uid) + ':' + std::to_string(entry.gid);
  line += ' ' + std::to_string(entry.major) + ':' + std::to_string(entry.minor) + ' ';
  // Names have no zeros in them and may have everything else: no file may look like two.
  line += file.digest + '\0' + entry.link + '\0' + std::to_string(entry.attributes().size()) + '\0';
  for (const auto& [name, value] : entry.attributes())
    line += name + '\0' + sha256_hex(value) + '\0';
  sha.update(line.data(), line.size());
}

}  // namespace

MissingSource missing_source(const std::string& path, const std::string& where) {
  return MissingSource("file not found in " + where + " or excluded by .dockerignore: stat " +
                           path + ": file does not exist",
                       path);
}

std::vector<CopySource> choose_sources(const SourceTree& tree,
                                       const std::vector<std::string>& patterns,
                                       const std::string& where) {
  std::vector<CopySource> sources;
  std::size_t files = 0;
  const auto add = [&](const std::string& path) {
    const auto resolved = tree.resolve(path);
    if (!resolved) throw missing_source(path, where);
    count_file(files);
    sources.push_back({*resolved, base_name(path), tree.find(*resolved)->is_directory()});
  };
  for (const std::string& pattern : patterns) {
    const auto path = clean_source(pattern);
    if (!path)
      throw Error(Errc::invalid, "forbidden path outside the build context: " + pattern + " ()");
    if (!has_wildcard(*path)) {
      add(*path);
      continue;
    }
    for (const std::string& match : tree.match(*path)) add(match);
  }
  return sources;
}

std::string digest_of(const SourceTree& tree, const std::vector<CopySource>& sources,
                      const CopyOptions& options) {
  Sha256 sha;
  std::size_t files = 0;
  for (const CopySource& source : sources) {
    count_file(files);
    const bool has_name = source.is_alone || !source.is_directory;
    if (source.is_alone && options.exclude.match(source.name)) continue;
    describe(sha, has_name ? source.name : "", *tree.find(source.path), options);
    if (has_name) continue;
    tree.each_below(source.path, [&](std::string_view path, const SourceFile& file) {
      count_file(files);
      if (!options.exclude.match(path)) describe(sha, path, file, options);
    });
  }
  const char* kind = sources.size() != 1 ? "multi:" : sources[0].is_directory ? "dir:" : "file:";
  return kind + sha.finish();
}

std::vector<CopyItem> plan_copy(const SourceTree& tree, const std::vector<CopySource>& sources,
                                const CopyTarget& target, const CopyOptions& options,
                                UnixNanos now) {
  Planner plan(options, now);
  for (const std::string& parent : target.missing_parents) plan.new_directory(parent);
  bool into_directory = target.is_directory || target.wants_directory;
  for (const CopySource& source : sources) into_directory = into_directory || source.is_directory;
  if (into_directory && target.exists && !target.is_directory)
    throw Error(Errc::invalid, "cannot copy to non-directory: " + target.path);
  if (into_directory && !target.exists) plan.new_directory(target.path);
  for (const CopySource& source : sources) {
    if (!source.is_alone) plan.begin_source();
    if (source.is_alone || !source.is_directory) {
      if (options.exclude.match(source.name)) continue;
      const std::string place = into_directory ? join(target.path, source.name) : target.path;
      plan.add(place, *tree.find(source.path));
      continue;
    }
    tree.each_below(source.path, [&](std::string_view path, const SourceFile& file) {
      if (!options.exclude.match(path)) plan.add(join(target.path, path), file);
    });
  }
  return plan.take();
}

void write_items(const SourceTree& tree, const std::vector<CopyItem>& items,
                 const images::ArchiveWriter::Sink& sink) {
  images::ArchiveWriter tar(sink);
  for (const CopyItem& item : items) {
    if (item.first.empty())
      tar.add(item.path, item.entry, tree.fd(), item.offset);
    else
      tar.add_link(item.path, item.first, item.entry);
  }
  tar.finish();
}

}  // namespace gantry::build

// The files of an image as a build looks at them and adds to them: a root of its own on the image's
// layers, without a container. Goes with this object; what a crash leaves is removed at boot as a
// root that no record knows. One thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "core/build/copy_plan.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

/// Where an absolute path of a root, or of a container that does not run, leads to, and what of it
/// is missing.
build::CopyTarget find_in_root(pluginhost::Runtime& runtime, const std::string& id,
                               const std::string& path);

class BuildRoot {
 public:
  /// `chain_id` empty: an empty root. The layers are held by the caller.
  BuildRoot(pluginhost::Runtime& runtime, const std::string& chain_id, std::stop_token stop);
  ~BuildRoot();
  BuildRoot(const BuildRoot&) = delete;
  BuildRoot& operator=(const BuildRoot&) = delete;

  /// find_in_root() of this one.
  build::CopyTarget find(const std::string& path) const {
    return find_in_root(runtime_, id_, path);
  }
  /// Without a group: to the classic builder it is the same word, to BuildKit that of the user.
  enum class OwnerRules { classic, buildkit };
  /// "user[:group]", names or numbers.
  std::pair<std::uint32_t, std::uint32_t> owner(const std::string& spec, OwnerRules rules) const;
  /// Extracts a tar, plain or compressed, into a directory that is there. `owner`: whose the
  /// entries become; none: as the tar says.
  void put(const std::string& directory, const images::TarReader::Source& tar,
           const std::optional<std::pair<std::uint32_t, std::uint32_t>>& owner);
  /// The same for what `write` writes.
  void put(const std::string& directory,
           const std::function<void(const images::ArchiveWriter::Sink&)>& write);
  /// What lies at an absolute path as it is, links followed; false: nothing is there.
  bool get(const std::string& path, build::SourceTree& into);
  /// What matches a clean pattern (source_pattern.hpp), with all that is in it; matches that are
  /// links as what they lead to in the image, unless that comes along.
  void get_matches(const std::string& pattern, build::SourceTree& into);

  /// The directories that something absolute lies in, but for the root: their modes and times.
  void get_parents(const std::string& path, build::SourceTree& into);

  /// Gives what lies at an absolute path without links as a tar, which has it as `name`; "" is the
  /// tar's root. `take` reads it to its end.
  void fetch(const std::string& path, const std::string& name,
             const std::function<void(const images::TarReader::Source&)>& take);

  const std::string& id() const { return id_; }

 private:
  std::function<bool()> cancelled() const;

  pluginhost::Runtime& runtime_;
  const std::stop_token stop_;
  const std::string id_;
};

}  // namespace gantry::services

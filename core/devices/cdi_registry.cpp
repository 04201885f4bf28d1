#include "core/devices/cdi_registry.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/devices/cdi_name.hpp"
#include "core/devices/cdi_spec_reader.hpp"

namespace gantry::devices {
namespace {

namespace fs = std::filesystem;

/// Those of hosts with many devices have some hundred kilobytes.
constexpr std::uintmax_t kMaxBytes = 4u << 20;

std::string read_text(const fs::path& file) {
  if (!fs::is_regular_file(file)) throw Error(Errc::invalid, "is no file");
  if (fs::file_size(file) > kMaxBytes)
    throw Error(Errc::invalid, "is larger than " + std::to_string(kMaxBytes) + " bytes");
  return file::read(file);
}

/// Sorted, so that faults come in an order.
std::vector<fs::path> spec_files(const std::string& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string extension = entry.path().extension();
    if ((extension == ".json" || extension == ".yaml") && !entry.is_directory())
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

CdiRegistry::CdiRegistry(const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) read_directory(directory);
}

void CdiRegistry::read_directory(const std::string& directory) {
  Entries found;
  std::set<std::string> at_odds;
  try {
    for (const fs::path& file : spec_files(directory)) read_file(file, found, at_odds);
  } catch (const fs::filesystem_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory)
      faults_.push_back({directory, {}, error.code().message()});
  }
  for (auto& [name, entry] : found) entries_.insert_or_assign(name, std::move(entry));
  for (const std::string& name : at_odds) entries_.erase(name);
}

void CdiRegistry::read_file(const std::string& file, Entries& found,
                            std::set<std::string>& at_odds) {
  std::string json;
  try {
    json =
        spec_json(read_text(file), file.ends_with(".yaml") ? SpecFormat::yaml : SpecFormat::json);
    const auto spec = std::make_shared<const CdiSpec>(read_cdi_spec(json));
    for (size_t i = 0; i < spec->devices.size(); ++i) {
      const std::string name = spec->kind + "=" + spec->devices[i].name;
      const auto [other, is_new] = found.emplace(name, Entry{spec, i, file});
      if (is_new) continue;
      at_odds.insert(name);
      faults_.push_back(
          {file, spec->kind, "conflicting device \"" + name + "\", also in " + other->second.file});
    }
  } catch (const std::runtime_error& error) {  // gantry::Error, std::filesystem::filesystem_error
    faults_.push_back({file, json.empty() ? std::string() : kind_of_spec(json), error.what()});
  }
}

std::vector<std::string> CdiRegistry::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

size_t CdiRegistry::count(const std::string& kind) const {
  return static_cast<size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [&](const auto& entry) { return entry.second.spec->kind == kind; }));
}

std::string CdiRegistry::faults_about(const std::set<std::string>& kinds) const {
  std::vector<std::string> texts;
  for (const SpecFault& fault : faults_)
    if (fault.kind.empty() || kinds.contains(fault.kind))
      texts.push_back(fault.file + ": " + fault.what);
  return texts.empty() ? std::string() : ": " + text::join(texts, "; ");
}

Edits CdiRegistry::edits_of(const std::vector<std::string>& names) const {
  Edits edits;
  std::vector<std::string> unknown;
  std::set<std::string> unknown_kinds, seen;
  std::set<const CdiSpec*> specs;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) continue;
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      unknown.push_back(name);
      if (const auto parsed = find_cdi_name(name)) unknown_kinds.insert(parsed->kind);
      continue;
    }
    const CdiSpec& spec = *found->second.spec;
    if (specs.insert(&spec).second) edits.append(spec.edits);
    edits.append(spec.devices[found->second.device].edits);
  }
  if (!unknown.empty())
    throw Error(Errc::internal, "CDI device injection failed: unresolvable CDI devices " +
                                    text::join(unknown, ", ") + faults_about(unknown_kinds));
  return edits;
}

}  // namespace gantry::devices

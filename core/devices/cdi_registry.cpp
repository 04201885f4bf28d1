#include "core/devices/cdi_registry.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/devices/cdi_name.hpp"
#include "core/devices/cdi_spec_reader.hpp"
#include "core/devices/short_text.hpp"
#include "core/devices/spec_files.hpp"

namespace gantry::devices {
namespace {

/// Files of hosts with many devices have some hundred kilobytes.
constexpr size_t kMaxFileBytes = 1u << 20;
constexpr size_t kMaxDirectoryBytes = 8u << 20;
constexpr size_t kMaxFiles = 1000;
/// That are told to a client; `docker info` has them all.
constexpr size_t kToldFaults = 3;

SpecFormat format_of(const std::string& file) {
  return file.ends_with(".yaml") ? SpecFormat::yaml : SpecFormat::json;
}

}  // namespace

CdiRegistry::CdiRegistry(const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) read_directory(directory);
}

void CdiRegistry::read_directory(const std::string& directory) {
  Entries found;
  std::set<std::string> at_odds;
  try {
    size_t files = 0, bytes = 0;
    for (const std::string& file : spec_files(directory)) {
      if (++files > kMaxFiles || bytes > kMaxDirectoryBytes)
        throw Error(Errc::exhausted, "too many or too large files: not read from " + file + " on");
      bytes += read_file(file, found, at_odds);
    }
  } catch (const std::filesystem::filesystem_error& error) {
    faults_.push_back({directory, {}, error.code().message()});
  } catch (const Error& error) {
    faults_.push_back({directory, {}, error.what()});
  }
  for (auto& [name, entry] : found) entries_.insert_or_assign(name, std::move(entry));
  for (const std::string& name : at_odds) entries_.erase(name);
}

size_t CdiRegistry::read_file(const std::string& file, Entries& found,
                              std::set<std::string>& at_odds) {
  size_t bytes = 0;
  json::Document document;
  try {
    const std::string text = read_spec_file(file, kMaxFileBytes);
    bytes = text.size();
    document = spec_document(text, format_of(file));
    add_devices(file, std::make_shared<const CdiSpec>(read_cdi_spec(document.root())), found,
                at_odds);
  } catch (const std::exception& error) {  // also std::bad_alloc: the file is what needs too much
    faults_.push_back({file, kind_of_spec(document.root()), shortened(error.what(), kFaultBytes)});
  }
  return bytes;
}

void CdiRegistry::add_devices(const std::string& file, const std::shared_ptr<const CdiSpec>& spec,
                              Entries& found, std::set<std::string>& at_odds) {
  std::string first;
  size_t conflicts = 0;
  for (size_t i = 0; i < spec->devices.size(); ++i) {
    const std::string name = spec->kind + "=" + spec->devices[i].name;
    const auto [other, is_new] = found.emplace(name, Entry{spec, i, file});
    if (is_new) continue;
    at_odds.insert(name);
    if (++conflicts == 1)
      first = "conflicting device " + in_quotes(name) + ", also in " + other->second.file;
  }
  if (conflicts > 1) first += ", and " + std::to_string(conflicts - 1) + " more";
  if (conflicts > 0) faults_.push_back({file, spec->kind, first});
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
  size_t others = 0;
  for (const SpecFault& fault : faults_) {
    if (!fault.kind.empty() && !kinds.contains(fault.kind)) continue;
    if (texts.size() < kToldFaults)
      texts.push_back(fault.file + ": " + fault.what);
    else
      ++others;
  }
  if (others > 0) texts.push_back("and " + std::to_string(others) + " more");
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

// The CDI devices that are installed on this host: what the specifications in its CDI directories
// say at one moment. Reads the disk when it is made, then a plain value.
//
// As CDI has it: later directories win over earlier ones; two files of one directory that have the
// same device are at odds, and nobody gets it; a file that cannot be used keeps no other from being
// used.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/devices/cdi_spec.hpp"

namespace gantry::devices {

struct SpecFault {
  std::string file;
  std::string kind;  // of its devices; empty: it does not even say that
  std::string what;  // never long, whatever is in the file
};

class CdiRegistry {
 public:
  CdiRegistry() = default;
  /// *.json and *.yaml of the directories, which need not be there. Faults are noted, never thrown.
  explicit CdiRegistry(const std::vector<std::string>& directories);

  /// Qualified names, sorted.
  std::vector<std::string> names() const;
  size_t count(const std::string& kind) const;
  const std::vector<SpecFault>& faults() const { return faults_; }
  /// What may be why devices of this kind are missing: ": <file>: <what>; …", the first few, or
  /// empty.
  std::string faults_about(const std::set<std::string>& kinds) const;

  /// What the named devices change together: of each file first what goes with all of its devices.
  /// A name that comes again adds nothing. Throws Error{internal} in Docker's words when one is
  /// unknown.
  Edits edits_of(const std::vector<std::string>& names) const;

 private:
  struct Entry {
    std::shared_ptr<const CdiSpec> spec;
    size_t device = 0;
    std::string file;
  };
  using Entries = std::map<std::string, Entry>;

  void read_directory(const std::string& directory);
  /// The bytes it has.
  size_t read_file(const std::string& file, Entries& found, std::set<std::string>& at_odds);
  void add_devices(const std::string& file, const std::shared_ptr<const CdiSpec>& spec,
                   Entries& found, std::set<std::string>& at_odds);

  Entries entries_;  // by qualified name
  std::vector<SpecFault> faults_;
};

}  // namespace gantry::devices

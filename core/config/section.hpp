// One table of the file while it is read: typed access by key; what nobody asked for is an unknown
// key. A value of a wrong type or shape is a fault at its place, and the target keeps its default.
// Private to core/config; the only header that shows toml++. One thread.
#pragma once

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/config/faults.hpp"
#include "core/config/value_checks.hpp"

namespace gantry::config {

struct Reading {
  std::string file;
  Faults faults;
  std::map<std::string, std::string> origins;

  void fault(const toml::source_region& where, std::string what);
  std::string place(const toml::source_region& where) const;
};

class Section {
 public:
  using Check = std::function<Fault(const std::string&)>;
  using PairCheck = std::function<Fault(const std::string& name, const std::string& value)>;

  /// `table` may be null: everything keeps its default. `name` is "daemon", empty for the file
  /// itself.
  Section(Reading& reading, const toml::table* table, std::string name)
      : reading_(reading), table_(table), name_(std::move(name)) {}

  bool has(const char* key) const { return table_ && table_->contains(key); }
  /// Each is true when the key is there and its value was taken.
  bool string(const char* key, std::string& target, const Check& check = {});
  bool strings(const char* key, std::vector<std::string>& target, const Check& check = {});
  /// A table whose values are strings.
  bool string_table(const char* key, std::map<std::string, std::string>& target,
                    const PairCheck& check = {});
  /// A table whose values are arrays of strings.
  bool lists(const char* key, std::map<std::string, std::vector<std::string>>& target,
             const Check& check_name, const Check& check);
  bool boolean(const char* key, bool& target);
  bool number(const char* key, unsigned& target, unsigned low, unsigned high);
  bool choice(const char* key, const std::vector<std::string>& words,
              const std::function<void(size_t)>& chosen);
  /// Tables of an array of tables, one Section each, named "network.pools[0]".
  bool tables(const char* key, const std::function<void(Section&)>& each);
  Section section(const char* key);
  /// Every remaining key whose value is a table.
  void each_table(const std::function<void(const std::string& key, const toml::table&)>& each);

  /// Faults of this section's own making, at the place of `key` (or of the section).
  void fault(const char* key, const std::string& what);
  /// Reports the keys that were never asked for. Call last.
  void finish();

 private:
  const toml::node* take(const char* key);
  /// Reports what is wrong with a node that should be an array of strings, and is false then.
  bool read_strings(const std::string& path, const toml::node& node,
                    std::vector<std::string>& values, const Check& check);
  std::string path(const std::string& key) const;
  void wrong_type(const std::string& path, const toml::node& node, const char* wanted);
  void taken(const char* key, const toml::node& node);

  Reading& reading_;
  const toml::table* table_;
  std::string name_;
  std::vector<std::string> asked_;
};

}  // namespace gantry::config

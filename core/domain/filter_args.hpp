// Docker's `filters` query in both JSON forms (behaviours.md 1.12) and the matchers that several
// lists share.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.hpp"

namespace gantry::domain {

class FilterArgs {
 public:
  /// Parses {"k":["v"]} or {"k":{"v":true}}; empty text: no filters. A value that is false counts,
  /// as in Docker, but for booleans and where exactly it is asked for. Throws Error{invalid}
  /// `invalid filter`.
  static FilterArgs parse(std::string_view query_value);
  /// Throws Error{invalid} `invalid filter 'foo'` for a key not in `allowed`.
  void allow(const std::vector<std::string_view>& allowed) const;
  /// One more value of the key.
  void add(std::string_view key, const std::string& value);
  bool has(std::string_view key) const { return values_.count(std::string(key)) > 0; }
  const std::vector<std::string>& get(std::string_view key) const;
  bool empty() const { return values_.empty(); }

  /// Every "k" or "k=v" of `key` holds for the labels (AND).
  bool labels_match(const std::map<std::string, std::string>& labels,
                    std::string_view key = "label") const;
  /// No value for the key, or one equals `value`.
  bool exact_match(std::string_view key, std::string_view value) const;
  /// No value for the key, or one equals `value` or is an unanchored regular expression that
  /// matches it.
  bool match(std::string_view key, std::string_view value) const;
  /// What the values of the key say, which must not contradict each other; throws Error{invalid}
  /// `invalid filter 'dangling=[x]'`.
  bool boolean(std::string_view key, bool fallback) const;
  /// The instant that the key's one value means; 0: it has none. Throws Error{invalid} `more than
  /// one until filter specified`, `invalid filter 'until=[x]'`.
  UnixNanos until(std::string_view key = "until") const;

 private:
  bool is_on(std::string_view key, const std::string& value) const;

  std::vector<std::string> keys_;                           // all that were named
  std::map<std::string, std::vector<std::string>> values_;  // of those that have some
  std::set<std::pair<std::string, std::string>> off_;       // key and value
};

}  // namespace gantry::domain

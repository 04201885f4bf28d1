// Typed reading of JSON that came from outside. A wrong type throws Error{invalid} that names the
// path
// ("HostConfig.Memory"). Member lookup is exact first, then case-insensitive, as in Go's
// encoding/json. A missing or null member reads as the default. Nodes borrow from their Document.
// Any one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::json {

class Document;

class Node {
 public:
  Node() = default;
  /// True when the member exists and is not null.
  explicit operator bool() const { return value_ != nullptr && !is_null(); }
  bool exists() const { return value_ != nullptr; }
  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  bool is_bool() const;

  Node operator[](
      std::string_view key) const;  // on null or missing: a missing node; on a non-object: throws
  Node at(size_t index) const;
  size_t size() const;  // members of an array or object; 0 when missing or null

  std::string str(std::string_view fallback = {}) const;
  std::int64_t i64(std::int64_t fallback = 0) const;  // rejects fractions and out-of-range values
  std::uint64_t u64(std::uint64_t fallback = 0) const;
  double number(double fallback = 0) const;
  bool boolean(bool fallback = false) const;
  std::optional<std::string> find_str() const;
  std::optional<std::int64_t> find_i64() const;
  std::optional<bool> find_boolean() const;
  std::vector<std::string> strings() const;  // array of strings; null/missing: empty
  std::map<std::string, std::string> string_map() const;

  void each_item(const std::function<void(Node)>& fn) const;  // array
  void each_member(
      const std::function<void(std::string_view, Node)>& fn) const;  // object, in order

  /// Compact JSON text of this value ("null" when missing).
  std::string raw() const;
  /// "HostConfig.Memory"; empty for the root.
  const std::string& path() const { return path_; }
  /// Throws Error{invalid} "<path>: <what>".
  [[noreturn]] void fail(std::string_view what) const;

 private:
  friend class Document;
  Node(const void* value, std::string path) : value_(value), path_(std::move(path)) {}
  const void* value_ = nullptr;
  std::string path_;
};

class Document {
 public:
  struct Limits {
    size_t bytes = 8u << 20;
    unsigned depth = 64;
  };
  Document() = default;  // missing root
  /// Throws Error{invalid} "invalid JSON: ..." ; empty text gives Docker's "invalid JSON: got EOF
  /// while reading request body"; trailing text "unexpected content after JSON".
  static Document parse(std::string text, Limits limits);
  static Document parse(std::string text) { return parse(std::move(text), Limits{}); }
  Node root() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gantry::json

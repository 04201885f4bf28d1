// The durable journal: SQLite (WAL, synchronous=NORMAL) holding one JSON document per object, keyed
// by kind and id. Written before side effects; on the disk a second later; read once at boot into
// the in-memory indexes. Any thread (one internal mutex; a call is one short transaction). Errors:
// Error{exhausted} on a full disk.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::state {

class Journal {
 public:
  /// Opens or creates the database; checks the schema version. Throws Error.
  explicit Journal(const std::filesystem::path& file);
  ~Journal();

  struct Change {
    std::string kind;
    std::string id;
    std::string document;  // empty: erase
  };

  /// What a full disk leaves for it: `reserved` is for ends and removals, which make room.
  enum class Room { free, reserved };

  void put(std::string_view kind, std::string_view id, std::string_view document,
           Room room = Room::free);
  void erase(std::string_view kind, std::string_view id);
  /// All or nothing. With reserved room when anything is erased.
  void apply(const std::vector<Change>& changes);
  /// Calls fn(id, document) for each document of the kind, in order of id.
  void each(std::string_view kind, const std::function<void(std::string, std::string)>& fn) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::state

// Every container the engine knows: the durable journal below, and an in-memory index by id, name
// and id prefix that serves all reads. Records are immutable snapshots; whoever replaces one holds
// the container's lease. Any thread; one mutex, never held over the journal, a plugin or a
// callback. Errors: lookups throw Error{not_found} `No such container: X` (behaviours.md 4.1).
#pragma once

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/domain/container.hpp"
#include "core/state/journal.hpp"

namespace gantry::state {

/// A published record, and a slot for what readers derive from it (the rendered list entry): the
/// slot dies with the snapshot, so it can never be stale.
class ContainerSnapshot {
 public:
  explicit ContainerSnapshot(domain::ContainerRecord r) : record(std::move(r)) {}
  const domain::ContainerRecord record;
  const domain::ContainerRecord* operator->() const { return &record; }
  const domain::ContainerRecord& operator*() const { return record; }

  /// The cached value, made on first use. Every caller must use the same T.
  template <class T, class Make>
  const T& derived(Make&& make) const {
    std::call_once(once_, [&] { derived_.emplace<T>(make(record)); });
    return *std::any_cast<T>(&derived_);
  }

 private:
  mutable std::once_flag once_;
  mutable std::any derived_;
};

using ContainerPtr = std::shared_ptr<const ContainerSnapshot>;
using ContainerList = std::vector<ContainerPtr>;

class NameReservation;

class ContainerStore {
 public:
  explicit ContainerStore(Journal& journal);
  /// Reads all records of the journal into the index; once, at boot. A record that cannot be read
  /// is logged and left alone.
  void load();
  /// How many those were.
  size_t unreadable() const { return unreadable_; }

  // --- reading
  /// By full id, name (with or without `/`) or unambiguous id prefix. Throws Error{invalid}
  /// `multiple IDs found with provided prefix: X`, `invalid name or ID supplied: ""`.
  ContainerPtr find(std::string_view reference) const;
  ContainerPtr get(std::string_view reference) const;
  /// Of a reference in a record, as a client once wrote it. Null when it fits several by now.
  ContainerPtr find_stored(std::string_view reference) const;
  ContainerPtr find_id(const std::string& id) const;
  /// Newest first. Made anew only after a change.
  std::shared_ptr<const ContainerList> list() const;
  size_t count() const;

  // --- writing
  /// Journal only: a container that is being made, marked as `removing`; not visible yet.
  void write_intent(const domain::ContainerRecord& record);
  /// Journal first, then the index. The lease on record.id is held. `with` goes into the same
  /// transaction.
  ContainerPtr put(domain::ContainerRecord record, std::vector<Journal::Change> with = {});
  /// The same with reserved room. What cannot be written all the same is logged, and true in the
  /// index alone: for what has happened already, or must.
  ContainerPtr put_or_publish(domain::ContainerRecord record);
  /// Index only: for facts that a restarted daemon asks the runtime for anyway (paused, health).
  ContainerPtr publish(domain::ContainerRecord record);
  void erase(const std::string& id, std::vector<Journal::Change> with = {});
  /// Index only: the journal keeps it as `removing` until erase().
  void hide(const std::string& id);

  /// Throws Error{conflict} `Conflict. The container name "/x" is already in use by container "…".
  /// …` The reservation ends when the value goes; the record under that name must be published
  /// before.
  NameReservation reserve_name(const std::string& name, const std::string& id);
  bool name_taken(const std::string& name) const;
  /// For what services keep there beside the records.
  Journal& journal() { return journal_; }

 private:
  friend class NameReservation;
  ContainerPtr put_in(Journal::Room room, domain::ContainerRecord record,
                      std::vector<Journal::Change> with);
  void index_locked(ContainerPtr snapshot);
  struct Match {
    ContainerPtr container;  // the first
    bool several = false;
  };
  Match match(std::string_view reference) const;
  void drop_reservation(const std::string& name, const std::string& id) noexcept;

  Journal& journal_;
  size_t unreadable_ = 0;  // since load()
  mutable std::mutex mutex_;
  std::map<std::string, ContainerPtr> by_id_;
  std::unordered_map<std::string, std::string> ids_by_name_;
  std::unordered_map<std::string, std::string> reserved_;  // name → id
  mutable std::shared_ptr<const ContainerList> listed_;    // null after a change
};

/// A name taken by a container that is not in the index yet (create), or not yet under it (rename).
class NameReservation {
 public:
  NameReservation(ContainerStore& store, std::string name, std::string id)
      : store_(&store), name_(std::move(name)), id_(std::move(id)) {}
  NameReservation(NameReservation&& other) noexcept
      : store_(other.store_), name_(std::move(other.name_)), id_(std::move(other.id_)) {
    other.store_ = nullptr;
  }
  NameReservation& operator=(NameReservation&&) = delete;
  ~NameReservation() {
    if (store_ != nullptr) store_->drop_reservation(name_, id_);
  }
  const std::string& name() const { return name_; }

 private:
  ContainerStore* store_;
  std::string name_, id_;
};

}  // namespace gantry::state

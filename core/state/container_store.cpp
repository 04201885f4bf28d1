#include "core/state/container_store.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace gantry::state {
namespace {

constexpr std::string_view kKind = "container";

bool starts_with(const std::string& id, std::string_view prefix) {
  return std::string_view(id).substr(0, prefix.size()) == prefix;
}

/// Ends and removals must be recorded on a full disk, too.
Journal::Room room_for(const domain::ContainerRecord& record) {
  const domain::Status status = record.state.status;
  const bool goes_on = status == domain::Status::created || status == domain::Status::running ||
                       status == domain::Status::paused;
  return goes_on ? Journal::Room::free : Journal::Room::reserved;
}

}  // namespace

ContainerStore::ContainerStore(Journal& journal) : journal_(journal) {}

void ContainerStore::load() {
  journal_.each(kKind, [&](std::string id, std::string document) {
    try {
      auto snapshot =
          std::make_shared<const ContainerSnapshot>(domain::container_from_journal(document));
      const std::lock_guard lock(mutex_);
      index_locked(std::move(snapshot));
    } catch (const Error& error) {
      log::error("container " + id + ": unreadable record: " + error.what());
      ++unreadable_;
    }
  });
}

ContainerStore::Match ContainerStore::match(std::string_view reference) const {
  if (reference.empty()) return {};
  const std::string key(reference);
  const std::lock_guard lock(mutex_);
  if (const auto exact = by_id_.find(key); exact != by_id_.end()) return {exact->second};
  const std::string name = key.front() == '/' ? key.substr(1) : key;
  if (const auto named = ids_by_name_.find(name); named != ids_by_name_.end())
    return {by_id_.at(named->second)};
  const auto first = by_id_.lower_bound(key);
  if (first == by_id_.end() || !starts_with(first->first, key)) return {};
  const auto second = std::next(first);
  return {first->second, second != by_id_.end() && starts_with(second->first, key)};
}

ContainerPtr ContainerStore::find(std::string_view reference) const {
  if (reference.empty()) throw Error(Errc::invalid, "invalid name or ID supplied: \"\"");
  Match found = match(reference);
  if (found.several)
    throw Error(Errc::invalid,
                "multiple IDs found with provided prefix: " + std::string(reference));
  return std::move(found.container);
}

ContainerPtr ContainerStore::find_stored(std::string_view reference) const {
  Match found = match(reference);
  return found.several ? nullptr : std::move(found.container);
}

ContainerPtr ContainerStore::get(std::string_view reference) const {
  ContainerPtr found = find(reference);
  if (!found) throw Error(Errc::not_found, "No such container: " + std::string(reference));
  return found;
}

ContainerPtr ContainerStore::find_id(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::shared_ptr<const ContainerList> ContainerStore::list() const {
  const std::lock_guard lock(mutex_);
  if (!listed_) {
    auto all = std::make_shared<ContainerList>();
    all->reserve(by_id_.size());
    for (const auto& [id, snapshot] : by_id_) all->push_back(snapshot);
    std::stable_sort(all->begin(), all->end(), [](const ContainerPtr& a, const ContainerPtr& b) {
      return a->record.created > b->record.created;
    });
    listed_ = std::move(all);
  }
  return listed_;
}

size_t ContainerStore::count() const {
  const std::lock_guard lock(mutex_);
  return by_id_.size();
}

void ContainerStore::index_locked(ContainerPtr snapshot) {
  const domain::ContainerRecord& record = snapshot->record;
  ContainerPtr& slot = by_id_[record.id];
  if (slot && slot->record.name != record.name) ids_by_name_.erase(slot->record.name);
  // Another may have got the name of one whose files were in use to the end.
  if (record.removing)
    ids_by_name_.try_emplace(record.name, record.id);
  else
    ids_by_name_[record.name] = record.id;
  slot = std::move(snapshot);
  listed_.reset();
}

void ContainerStore::write_intent(const domain::ContainerRecord& record) {
  journal_.put(kKind, record.id, domain::to_journal(record));
}

ContainerPtr ContainerStore::put(domain::ContainerRecord record,
                                 std::vector<Journal::Change> with) {
  const Journal::Room room = room_for(record);
  return put_in(room, std::move(record), std::move(with));
}

ContainerPtr ContainerStore::put_in(Journal::Room room, domain::ContainerRecord record,
                                    std::vector<Journal::Change> with) {
  if (with.empty()) {
    journal_.put(kKind, record.id, domain::to_journal(record), room);
  } else {
    with.push_back({std::string(kKind), record.id, domain::to_journal(record)});
    journal_.apply(with);
  }
  return publish(std::move(record));
}

ContainerPtr ContainerStore::put_or_publish(domain::ContainerRecord record) {
  try {
    return put_in(Journal::Room::reserved, record, {});
  } catch (const Error& error) {
    log::warn("container " + record.id + ": " + error.what());
    return publish(std::move(record));
  }
}

ContainerPtr ContainerStore::publish(domain::ContainerRecord record) {
  auto snapshot = std::make_shared<const ContainerSnapshot>(std::move(record));
  const std::lock_guard lock(mutex_);
  index_locked(snapshot);
  return snapshot;
}

void ContainerStore::erase(const std::string& id, std::vector<Journal::Change> with) {
  if (with.empty()) {
    journal_.erase(kKind, id);
  } else {
    with.push_back({std::string(kKind), id, {}});
    journal_.apply(with);
  }
  hide(id);
}

void ContainerStore::hide(const std::string& id) {
  ContainerPtr gone;  // the last reference may go here: not under the mutex
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  gone = std::move(found->second);
  const auto named = ids_by_name_.find(gone->record.name);
  if (named != ids_by_name_.end() && named->second == id) ids_by_name_.erase(named);
  by_id_.erase(found);
  listed_.reset();
}

NameReservation ContainerStore::reserve_name(const std::string& name, const std::string& id) {
  const std::lock_guard lock(mutex_);
  std::string holder;
  if (const auto named = ids_by_name_.find(name); named != ids_by_name_.end()) {
    holder = named->second;
  } else if (const auto other = reserved_.find(name); other != reserved_.end()) {
    holder = other->second;
  }
  if (!holder.empty())
    throw Error(Errc::conflict,
                "Conflict. The container name \"/" + name + "\" is already in use by container \"" +
                    holder +
                    "\". You have to remove (or rename) that container to be able to reuse that "
                    "name.");
  reserved_.emplace(name, id);
  return NameReservation(*this, name, id);
}

bool ContainerStore::name_taken(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return ids_by_name_.count(name) > 0 || reserved_.count(name) > 0;
}

void ContainerStore::drop_reservation(const std::string& name, const std::string& id) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = reserved_.find(name);
  if (found != reserved_.end() && found->second == id) reserved_.erase(found);
}

}  // namespace gantry::state

#include "core/services/world/exec_table.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace gantry::services {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::minutes kKeepEnded{6};
constexpr int kKilledExitCode = 128 + 9;  // of those that go with their container

}  // namespace

struct ExecTable::Entry {
  std::string id;
  std::uint64_t serial = 0;
  std::shared_ptr<const ExecConfig> config;
  ExecStatus status;
  bool run_over = false;  // the container's, while this was being started

  ExecView view() const { return {id, config, status}; }
  bool ended() const { return status.phase == ExecPhase::ended; }
};

void ExecTable::end_locked(Entry& entry, int exit_code) {
  ExecStatus& status = entry.status;
  status.phase = ExecPhase::ended;
  status.exit_code = exit_code;  // the pid stays, as in Docker
  ended_.emplace_back(Clock::now(), entry.id);
}

std::string ExecTable::add(ExecConfig config) {
  auto entry = std::make_shared<Entry>();
  entry->id = random_hex();
  entry->status.open_stdin = config.attach_stdin;
  entry->status.open_stdout = config.attach_stdout;
  entry->status.open_stderr = config.attach_stderr;
  entry->config = std::make_shared<const ExecConfig>(std::move(config));
  const std::lock_guard lock(mutex_);
  forget_old_locked();
  entry->serial = next_serial_++;
  entries_.emplace(entry->id, entry);
  return entry->id;
}

void ExecTable::adopt(const std::string& id, ExecConfig config, const ExecStatus& status) {
  auto entry = std::make_shared<Entry>();
  entry->id = id;
  entry->config = std::make_shared<const ExecConfig>(std::move(config));
  entry->status = status;
  const std::lock_guard lock(mutex_);
  if (entry->ended()) end_locked(*entry, status.exit_code);
  entry->serial = next_serial_++;
  entries_.emplace(id, std::move(entry));
}

std::shared_ptr<ExecTable::Entry> ExecTable::get_locked(const std::string& id) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) throw Error(Errc::not_found, "No such exec instance: " + id);
  return found->second;
}

std::optional<ExecView> ExecTable::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  return found->second->view();
}

ExecView ExecTable::get(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return get_locked(id)->view();
}

ExecView ExecTable::begin_start(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto entry = get_locked(id);
  if (entry->ended()) throw Error(Errc::conflict, "exec command " + id + " has already run");
  if (entry->status.phase != ExecPhase::created)
    throw Error(Errc::conflict, "exec command " + id + " is already running");
  entry->status.phase = ExecPhase::starting;
  return entry->view();
}

bool ExecTable::started(const std::string& id, int pid) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  Entry& entry = *found->second;
  entry.status.pid = pid;
  if (entry.ended()) return true;  // a short one is over already
  if (entry.run_over) {
    end_locked(entry, kKilledExitCode);
  } else {
    entry.status.phase = ExecPhase::running;
  }
  changed_.notify_all();
  return !entry.run_over;
}

void ExecTable::start_failed(const std::string& id, int exit_code) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  found->second->status.start_failed = true;
  end_locked(*found->second, exit_code);
  changed_.notify_all();
}

std::optional<ExecView> ExecTable::ended(const std::string& id, int exit_code) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second->ended()) return std::nullopt;
  end_locked(*found->second, exit_code);
  changed_.notify_all();
  return found->second->view();
}

ExecView ExecTable::wait_started(const std::string& id, std::chrono::nanoseconds limit) const {
  std::unique_lock lock(mutex_);
  const auto entry = get_locked(id);
  changed_.wait_for(lock, limit, [&] {
    return entry->status.phase != ExecPhase::created && entry->status.phase != ExecPhase::starting;
  });
  return entry->view();
}

std::vector<std::string> ExecTable::running_in(const std::string& container_id) const {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_)
      if (entry->config->container_id == container_id && entry->status.running())
        found.emplace_back(entry->serial, id);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> ids;
  for (auto& [serial, id] : found) ids.push_back(std::move(id));
  return ids;
}

void ExecTable::container_ended(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& item) {
    Entry& entry = *item.second;
    if (entry.config->container_id != container_id) return false;
    if (entry.status.phase == ExecPhase::running) end_locked(entry, kKilledExitCode);
    if (entry.status.phase == ExecPhase::starting) entry.run_over = true;
    return entry.status.phase == ExecPhase::created;
  });
  changed_.notify_all();
}

void ExecTable::container_removed(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& item) {
    return item.second->config->container_id == container_id;
  });
  changed_.notify_all();
}

void ExecTable::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

void ExecTable::forget_old_locked() {
  const auto limit = Clock::now() - kKeepEnded;
  while (!ended_.empty() && ended_.front().first < limit) {
    entries_.erase(ended_.front().second);
    ended_.pop_front();
  }
}

}  // namespace gantry::services

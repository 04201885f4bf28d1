#include "core/services/volumes/driver_probe.hpp"

#include <cstdlib>
#include <system_error>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace gantry::services {
namespace {

/// Long for a driver on this machine, short for a user who waits for `docker volume ls`.
constexpr std::chrono::seconds kPatience{3};
/// How long a driver that did not answer in time is not asked again.
constexpr std::chrono::seconds kRest{10};
/// For questions under way when the daemon ends: longer than volume-docker's own time-out for them.
constexpr std::chrono::seconds kLastPatience{12};

}  // namespace

struct DriverProbe::Round {
  Question question;
  std::vector<Answer> answers;
  std::vector<bool> waiting;  // for the answer of this index
  size_t left = 0;
  bool abandoned = false;
};

DriverProbe::~DriverProbe() {
  std::unique_lock lock(mutex_);
  if (ended_.wait_for(lock, kLastPatience, [&] { return threads_ == 0; })) return;
  // Nothing of ours may go while a thread is still in there, and it may never come back.
  log::error("a volume driver does not return; the daemon leaves without it");
  std::_Exit(EXIT_FAILURE);
}

std::vector<DriverProbe::Answer> DriverProbe::list() const {
  return ask([](pluginhost::Volume& driver) { return driver.list(); });
}

std::vector<DriverProbe::Answer> DriverProbe::find(const std::string& volume) const {
  auto answers = ask([volume](pluginhost::Volume& driver) {
    Volumes found;
    if (auto state = driver.find(volume)) found.push_back(std::move(*state));
    return found;
  });
  std::erase_if(answers, [](const Answer& a) { return a.volumes && a.volumes->empty(); });
  return answers;
}

std::vector<DriverProbe::Answer> DriverProbe::ask(const Question& question) const {
  std::vector<std::string> drivers = plugins_.found_drivers();
  for (const pluginhost::Volume* driver : plugins_.volumes())
    if (driver->driver() != "local") drivers.push_back(driver->driver());
  if (drivers.empty()) return {};
  const auto round = std::make_shared<Round>();
  round->question = question;
  round->waiting.assign(drivers.size(), false);
  std::unique_lock lock(mutex_);
  for (size_t i = 0; i < drivers.size(); ++i) {
    round->answers.push_back({drivers[i], "local", std::nullopt, "the driver does not answer"});
    if (is_left_out(drivers[i])) continue;
    try {
      std::thread([this, round, i] { answer(round, i); }).detach();
    } catch (const std::system_error& error) {
      round->answers[i].error = error.what();
      continue;
    }
    // The thread cannot end before: it needs the lock.
    round->waiting[i] = true;
    ++round->left;
    ++threads_;
  }
  ended_.wait_for(lock, kPatience, [&] { return round->left == 0; });
  round->abandoned = true;
  for (size_t i = 0; i < drivers.size(); ++i)
    if (round->waiting[i]) ++overdue_[drivers[i]];
  return round->answers;
}

bool DriverProbe::is_left_out(const std::string& driver) const {
  if (overdue_.count(driver) > 0) return true;
  const auto it = resting_.find(driver);
  return it != resting_.end() && std::chrono::steady_clock::now() < it->second;
}

void DriverProbe::answer(const std::shared_ptr<Round>& round, size_t index) const {
  std::string driver;
  {
    const std::lock_guard lock(mutex_);
    driver = round->answers[index].driver;
  }
  Answer result{driver, "local", std::nullopt, {}};
  bool timed_out = false;
  try {
    pluginhost::Op op;
    op.limit = kPatience;
    pluginhost::Volume& found = plugins_.get_volume(driver, op);
    result.volumes = round->question(found);
    result.scope = found.scope();
  } catch (const Error& error) {
    result.volumes.reset();
    timed_out = error.code() == Errc::timeout;
    // A plugin of another kind, or gone since its name was seen: nothing to tell.
    if (error.code() != Errc::not_found) result.error = error.what();
    if (result.error.empty()) result.volumes.emplace();
  } catch (const std::exception& error) {
    result.volumes.reset();
    result.error = error.what();
  }
  const std::lock_guard lock(mutex_);
  if (timed_out)
    resting_[driver] = std::chrono::steady_clock::now() + kRest;
  else
    resting_.erase(driver);
  round->waiting[index] = false;
  --round->left;
  if (!round->abandoned)
    round->answers[index] = std::move(result);
  else if (--overdue_[driver] == 0)
    overdue_.erase(driver);
  --threads_;
  ended_.notify_all();
}

}  // namespace gantry::services

#include "core/services/driver_probe.hpp"

#include <thread>

#include "core/base/error.hpp"

namespace gantry::services {
namespace {

/// Long for a driver on this machine, short for a user who waits for `docker volume ls`.
constexpr std::chrono::seconds kPatience{3};

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
  ended_.wait(lock, [&] { return threads_ == 0; });
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
  const std::vector<std::string> drivers = plugins_.found_drivers();
  if (drivers.empty()) return {};
  const auto round = std::make_shared<Round>();
  round->question = question;
  round->waiting.assign(drivers.size(), false);
  std::unique_lock lock(mutex_);
  for (size_t i = 0; i < drivers.size(); ++i) {
    round->answers.push_back({drivers[i], "local", std::nullopt, "the driver does not answer"});
    if (overdue_.count(drivers[i]) > 0) continue;
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

void DriverProbe::answer(const std::shared_ptr<Round>& round, size_t index) const {
  std::string driver;
  {
    const std::lock_guard lock(mutex_);
    driver = round->answers[index].driver;
  }
  Answer answer{driver, "local", std::nullopt, {}};
  try {
    pluginhost::Op op;
    op.limit = kPatience;
    pluginhost::Volume& found = plugins_.get_volume(driver, op);
    answer.volumes = round->question(found);
    answer.scope = found.scope();
  } catch (const Error& error) {
    answer.volumes.reset();
    // A plugin of another kind, or gone since its name was seen: nothing to tell.
    if (error.code() != Errc::not_found) answer.error = error.what();
    if (answer.error.empty()) answer.volumes.emplace();
  } catch (const std::exception& error) {
    answer.volumes.reset();
    answer.error = error.what();
  }
  const std::lock_guard lock(mutex_);
  round->waiting[index] = false;
  --round->left;
  if (!round->abandoned)
    round->answers[index] = std::move(answer);
  else if (--overdue_[driver] == 0)
    overdue_.erase(driver);
  --threads_;
  ended_.notify_all();
}

}  // namespace gantry::services

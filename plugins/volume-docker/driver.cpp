#include "driver.hpp"

#include <gantry/cpp/json.hpp>

namespace volume_docker {

namespace sdk = gantry::sdk;
using Clock = std::chrono::steady_clock;

namespace {

/// Docker's back-off: 1, 2, 4, … seconds, at most 30.
std::chrono::seconds pause_after(unsigned failures) {
  std::chrono::seconds pause{1};
  for (; failures > 1 && pause < std::chrono::seconds(30); --failures) pause *= 2;
  return std::min(pause, std::chrono::seconds(30));
}

Clock::time_point deadline_of(const sdk::Op& op) {
  if (op.deadline_ns() == 0) return Clock::time_point::max();
  return Clock::time_point(std::chrono::nanoseconds(op.deadline_ns()));
}

std::string with_name(const std::string& name, const std::string& id = {}) {
  sdk::JsonWriter writer;
  writer.begin().field("Name", name);
  if (!id.empty()) writer.field("ID", id);
  writer.end();
  return std::string(writer.text());
}

}  // namespace

Driver::Driver(std::string name, Endpoint endpoint, const Discovery& discovery,
               const Settings& settings, const sdk::Host& host)
    : name_(std::move(name)),
      discovery_(discovery),
      settings_(settings),
      host_(host),
      endpoint_(std::move(endpoint)) {}

Endpoint Driver::endpoint() const {
  const std::lock_guard lock(mutex_);
  return endpoint_;
}

void Driver::find_again() {
  try {
    const auto found = discovery_.find(name_);
    if (!found) return;
    const std::lock_guard lock(mutex_);
    endpoint_ = *found;
  } catch (const sdk::Error&) {
    // A file that is just being written: the old address is as good.
  }
}

Reply Driver::call(const std::string& method, std::string_view body, Patience patience,
                   const sdk::Op& op) {
  const auto begun = Clock::now();
  const auto last = std::min(begun + patience.retry, deadline_of(op));
  for (unsigned failures = 0;;) {
    op.throw_if_cancelled();
    try {
      Reply reply =
          post(endpoint(), method, body, std::min(Clock::now() + patience.call, deadline_of(op)),
               [&] { return op.cancelled(); });
      answered_.notify_all();
      check_reply(method, reply);
      return reply;
    } catch (const CallFailed& failure) {
      const auto pause = pause_after(++failures);
      if (failure.code() == GANTRY_CANCELLED || Clock::now() + pause > last) throw;
      host_.warn("volume driver " + name_ + ": " + failure.what() + ", retrying in " +
                 std::to_string(pause.count()) + "s");
      rest(pause, op);
      find_again();
    }
  }
}

void Driver::rest(std::chrono::nanoseconds pause, const sdk::Op& op) {
  const auto end = Clock::now() + pause;
  std::unique_lock lock(mutex_);
  while (Clock::now() < end) {
    op.throw_if_cancelled();
    if (answered_.wait_until(lock, std::min(end, Clock::now() + kCancelInterval)) ==
        std::cv_status::no_timeout)
      return;
  }
}

void Driver::activate(const sdk::Op& op) {
  if (active_) return;
  const Reply reply = call("Plugin.Activate", {}, patient(settings_.short_timeout), op);
  something_else_ = !implements_volumes(reply);
  if (something_else_)
    throw sdk::Error(GANTRY_NOT_FOUND, "plugin does not implement the requested driver");
  active_ = true;
}

std::string Driver::scope() {
  {
    const std::lock_guard lock(mutex_);
    if (!scope_.empty()) return scope_;
  }
  std::string scope;
  try {
    scope = read_scope(call("VolumeDriver.Capabilities", "{}", {settings_.list_timeout, {}}));
  } catch (const CallFailed&) {
    return "local";  // asked again when it answers
  } catch (const sdk::Error& e) {
    // Drivers older than this call answer with an error; Docker takes them for local as well.
    host_.debug("volume driver " + name_ + " has no capabilities: " + e.what());
    scope = "local";
  }
  const std::lock_guard lock(mutex_);
  return scope_ = scope;
}

void Driver::create(const std::string& name, const sdk::Options& options) {
  sdk::JsonWriter writer;
  writer.begin().field("Name", name).key("Opts").begin();
  for (const auto& [key, value] : options) writer.field(key, value);
  writer.end().end();
  call("VolumeDriver.Create", writer.text(), patient(settings_.timeout));
}

Reply Driver::call_on(const std::string& name, const std::string& method, std::string_view body,
                      const sdk::Op& op) {
  try {
    return call(method, body, patient(settings_.timeout), op);
  } catch (const Refused& refused) {
    // The protocol has no error classes: whether the volume is there at all is another question.
    bool there = true;
    try {
      get(name);
    } catch (const sdk::Error& e) {
      there = e.code() != GANTRY_NOT_FOUND;
    }
    if (there) throw;
    throw sdk::Error(GANTRY_NOT_FOUND, refused.what());
  }
}

void Driver::remove(const std::string& name) {
  call_on(name, "VolumeDriver.Remove", with_name(name));
}

std::string Driver::mount(const std::string& name, const std::string& user_id, const sdk::Op& op) {
  return read_mountpoint(call_on(name, "VolumeDriver.Mount", with_name(name, user_id), op));
}

void Driver::unmount(const std::string& name, const std::string& user_id) {
  call_on(name, "VolumeDriver.Unmount", with_name(name, user_id));
}

std::string Driver::path(const std::string& name) {
  return read_mountpoint(
      call("VolumeDriver.Path", with_name(name), patient(settings_.short_timeout)));
}

sdk::VolumeInfo Driver::get(const std::string& name) {
  std::optional<sdk::VolumeInfo> info;
  try {
    info = read_volume(call("VolumeDriver.Get", with_name(name), patient(settings_.short_timeout)));
  } catch (const Refused& e) {
    // Whatever its words: a driver that answers and has no volume to show does not have it.
    throw sdk::Error(GANTRY_NOT_FOUND, e.what());
  }
  if (!info) throw sdk::Error(GANTRY_NOT_FOUND, "no such volume");
  if (info->name.empty()) info->name = name;
  return *info;
}

std::vector<sdk::VolumeInfo> Driver::list() {
  // Once: who lists all drivers does not wait for one that is not there.
  return read_volumes(call("VolumeDriver.List", "{}", {settings_.list_timeout, {}}));
}

}  // namespace volume_docker

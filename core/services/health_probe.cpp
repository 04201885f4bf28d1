#include "core/services/health_probe.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"

namespace gantry::services {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kKeptOutput = 4097;  // one more than is shown, to know that it was cut

/// "30s", "1m30s", "1.5s": as Go prints a duration.
std::string go_duration(std::chrono::nanoseconds duration) {
  using namespace std::chrono;
  const auto print_seconds = [](double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  if (duration < seconds(1))
    return print_seconds(static_cast<double>(duration.count()) / 1e6) + "ms";
  std::string text;
  const auto whole_hours = duration_cast<hours>(duration);
  const auto whole_minutes = duration_cast<minutes>(duration - whole_hours);
  const auto rest = duration - whole_hours - whole_minutes;
  if (whole_hours.count() > 0) text += std::to_string(whole_hours.count()) + "h";
  if (whole_hours.count() > 0 || whole_minutes.count() > 0)
    text += std::to_string(whole_minutes.count()) + "m";
  return text + print_seconds(static_cast<double>(rest.count()) / 1e9) + "s";
}

struct Output {
  std::string text;
  bool timed_out = false;
};

/// Reads to the end, keeping the beginning.
Output read_output(int fd, Clock::time_point deadline) {
  Output output;
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      output.timed_out = true;
      return output;
    }
    pollfd waiting{fd, POLLIN, 0};
    const int ready =
        ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 3600 * 1000)));
    if (ready <= 0) continue;
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return output;
    const size_t room = kKeptOutput - output.text.size();
    output.text.append(buffer, std::min(room, static_cast<size_t>(size)));
  }
}

ExecConfig probe_config(const domain::ContainerRecord& record, const domain::HealthCheck& check) {
  ExecConfig config;
  config.container_id = record.id;
  config.cmd = check.command;
  config.attach_stdout = config.attach_stderr = true;
  config.user = record.config.user;
  return config;
}

}  // namespace

std::optional<domain::HealthResult> run_health_probe(const ContainerWorld& world, ExecService& exec,
                                                     const std::string& container_id,
                                                     UnixNanos started_at,
                                                     const domain::HealthCheck& check) {
  domain::HealthResult result;
  result.start = now_nanos();
  const auto finish = [&](int exit_code, std::string output) {
    result.end = now_nanos();
    result.exit_code = exit_code;
    result.output = std::move(output);
    return result;
  };
  const auto deadline = Clock::now() + check.timeout;
  std::string exec_id;
  UniqueFd ours;
  try {
    const state::Lease lease = world.leases.take(container_id, check.timeout);
    const state::ContainerPtr snapshot = world.store.find_id(container_id);
    if (!snapshot || snapshot->record.state.started_at != started_at ||
        snapshot->record.state.status != domain::Status::running)
      return std::nullopt;
    exec_id = exec.create(probe_config(snapshot->record, check));
    auto [mine, theirs] = make_socket_pair();
    pluginhost::ClientStream stream;
    stream.fd = theirs.get();
    stream.out = stream.err = true;
    exec.start_leased(snapshot->record, world.execs.begin_start(exec_id), &stream, {});
    ours = std::move(mine);
  } catch (const Error& error) {
    const auto failed = exec_id.empty() ? std::nullopt : world.execs.find(exec_id);
    return finish(failed && failed->status.exit_code != 0 ? failed->status.exit_code : -1,
                  error.what());
  }
  Output output = read_output(ours.get(), deadline);
  if (output.timed_out) {
    try {
      world.runtime.exec_signal(container_id, exec_id, SIGKILL);
    } catch (const Error&) {
      // It ended in this very moment.
    }
    std::string text = "Health check exceeded timeout (" + go_duration(check.timeout) + ")";
    if (!output.text.empty()) text += ": " + output.text;
    return finish(-1, std::move(text));
  }
  // The exit was recorded before the supervisor closed our connection.
  const auto ended = world.execs.find(exec_id);
  const bool known = ended && ended->status.phase == ExecPhase::ended;
  return finish(known ? ended->status.exit_code : -1, std::move(output.text));
}

}  // namespace gantry::services

// Drivers that send lines to somebody: who is not there, or does not read.
#include "conformance/logging/driver.hpp"

namespace conformance::logging {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSoon{3};  // the ABI allows 0.1 s; a slow machine more, but no common time-out
constexpr seconds kBounded{30};  // longer than this nobody waits before the next attempt

std::string shown(milliseconds time) { return std::to_string(time.count()) + " ms"; }

void expect_soon(Clock::time_point begun, const char* what) {
  expect(Clock::now() - begun < kSoon, std::string(what) + " waits for the peer");
}

void expect_comes_again(const Written& written) {
  if (!comes_again(written.outcome))
    throw Failure(std::string("write gave ") + name_of(written.outcome.status) + " \"" +
                  written.outcome.message + "\", expected is GANTRY_UNAVAILABLE or GANTRY_TIMEOUT");
  expect(written.took < kBounded, "write took " + shown(written.took));
}

/// check() may know that the host lacks something for good; it does not ask the peer.
void run_without_asking(const LogDriver& driver, Report& report) {
  report.run("check and open do not wait for the peer", [&] {
    const auto begun = Clock::now();
    const Outcome checked = driver.check(driver.options());
    expect(checked.status == GANTRY_OK || checked.status == GANTRY_UNAVAILABLE,
           "check gave " + std::string(name_of(checked.status)));
    const ScopedStream stream(driver, id_of('a'));
    expect_soon(begun, "check or open");
  });
}

/// Writes until the peer takes no more; each write is cancelled after `patience`.
Written fill(const LogDriver& driver, const std::string& id, milliseconds patience) {
  constexpr int kMostBatches = 512;  // 256 MiB
  const std::vector<Line> batch(32, {std::string(16 << 10, 'x')});
  for (int i = 0; i < kMostBatches; ++i) {
    const auto end = Clock::now() + patience;
    const Operation op([end] { return Clock::now() >= end; });
    Written written = driver.write(id, batch, op);
    if (written.outcome.status != GANTRY_OK) return written;
  }
  throw Failure("256 MiB are taken, and nobody has read them: a driver keeps no copy");
}

}  // namespace

void run_absent_peer(Subject& subject, Report& report) {
  LogDriver driver(subject);
  run_without_asking(driver, report);
  report.run("without its peer a driver takes nothing, and says that it may come back", [&] {
    const ScopedStream stream(driver, id_of('a'));
    for (int i = 0; i < 2; ++i) {
      const Written written = driver.write(stream.id(), {{"one"}, {"two", 2}});
      expect_comes_again(written);
      expect(written.taken == 0, "it took a line");
    }
  });
  report.run("a cancelled write gives up at once", [&] {
    const ScopedStream stream(driver, id_of('a'));
    const Written written = driver.write(stream.id(), {{"line"}}, Operation([] { return true; }));
    expect(written.outcome.status == GANTRY_CANCELLED || comes_again(written.outcome),
           std::string("write gave ") + name_of(written.outcome.status));
    expect(written.took < kSoon, "it took " + shown(written.took));
  });
  report.run("a stream that could not send closes, and opens again", [&] {
    for (int i = 0; i < 2; ++i) {
      must("open", driver.open(id_of('a')));
      expect_comes_again(driver.write(id_of('a'), {{"line"}}));
      must("close", driver.close(id_of('a')));
    }
  });
  report.run("the daemon ends with streams that could not send", [&] {
    must("open", driver.open(id_of('a')));
    expect_comes_again(driver.write(id_of('a'), {{"line"}}));
    const auto begun = Clock::now();
    driver.restart();
    expect(Clock::now() - begun < kSoon + seconds(1), "destroy took longer than a second");
  });
}

void run_stuck_peer(Subject& subject, Report& report) {
  LogDriver driver(subject);
  run_without_asking(driver, report);
  report.run("a write that waits for the peer can be cancelled", [&] {
    constexpr milliseconds kPatience{300};
    const ScopedStream stream(driver, id_of('a'));
    const Written written = fill(driver, stream.id(), kPatience);
    if (!comes_again(written.outcome)) must("write", written.outcome, GANTRY_CANCELLED);
    expect(written.took < kPatience + kSoon,
           "cancelled after " + shown(kPatience) + ", it went on for " + shown(written.took));
  });
  report.run("a write that nobody cancels gives up as well", [&] {
    const ScopedStream stream(driver, id_of('a'));
    expect_comes_again(fill(driver, stream.id(), kBounded));
  });
  report.run("one container's wait is not another's close", [&] {
    const ScopedStream waits(driver, id_of('a'));
    fill(driver, waits.id(), milliseconds(300));
    must("open", driver.open(id_of('b')));
    must("close", driver.close(id_of('b')));
    must("close", driver.close(waits.id()));
  });
  report.run("the daemon ends with streams that wait", [&] {
    must("open", driver.open(id_of('a')));
    fill(driver, id_of('a'), milliseconds(300));
    const auto begun = Clock::now();
    driver.restart();
    expect(Clock::now() - begun < kSoon + seconds(1), "destroy took longer than a second");
  });
}

}  // namespace conformance::logging

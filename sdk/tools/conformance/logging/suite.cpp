#include <functional>
#include <thread>

#include "conformance/logging/driver.hpp"
#include "conformance/suites.hpp"

namespace conformance {

using namespace logging;

namespace {

constexpr std::size_t kLongest = 16 << 10;  // of a line or a piece

void run_options(const LogDriver& driver, Report& report) {
  report.run("the options of the command line are good", [&] {
    must("check", driver.check(driver.options()));
    must("check", driver.check(driver.options()));
  });
  report.run("an option that nobody knows is invalid, and named", [&] {
    std::string options = driver.options();
    options.pop_back();
    options += options == "{" ? R"("no-such-option":"1"})" : R"(,"no-such-option":"1"})";
    const Outcome outcome = driver.check(options);
    must("check", outcome, GANTRY_INVALID);
    expect(outcome.message.find("no-such-option") != std::string::npos,
           "the message does not name it: " + outcome.message);
  });
  report.run("options that are no JSON object of strings are invalid", [&] {
    for (const char* broken : {"[]", "{\"a\":", "{\"a\":1}", "null"})
      must("check", driver.check(broken), GANTRY_INVALID);
  });
  report.run("a container that is no JSON document is invalid, and has no stream", [&] {
    for (const char* broken : {"[]", "{\"id\":", "{\"id\":7}", "{\"attributes\":{\"a\":1}}"})
      must("open", driver.open_document(id_of('a'), broken), GANTRY_INVALID);
    must("close", driver.close(id_of('a')), GANTRY_NOT_FOUND);
  });
  report.run("members that the plugin does not know are passed over", [&] {
    const std::string id = id_of('a');
    must("open", driver.open(id, R"(,"later":{"x":[1,2]})"));
    driver.must_take(id, {{"line"}});
    must("close", driver.close(id));
  });
}

void run_order(const LogDriver& driver, Report& report) {
  const std::string one = id_of('1'), two = id_of('2');
  report.run("a container nobody opened is not found", [&] {
    must("write", driver.write(one, {{"line"}}).outcome, GANTRY_NOT_FOUND);
    must("close", driver.close(one), GANTRY_NOT_FOUND);
  });
  report.run("a stream may close without a line", [&] {
    must("open", driver.open(one));
    must("close", driver.close(one));
  });
  report.run("a stream takes lines, and more lines, and closes", [&] {
    must("open", driver.open(one));
    driver.must_take(one, {{"one"}, {"two", 2}});
    driver.must_take(one, {{"three"}});
    must("close", driver.close(one));
    must("write", driver.write(one, {{"late"}}).outcome, GANTRY_NOT_FOUND);
    must("close", driver.close(one), GANTRY_NOT_FOUND);
  });
  report.run("a container that runs again has a stream again", [&] {
    for (int i = 0; i < 3; ++i) {
      must("open", driver.open(one));
      driver.must_take(one, {{"again"}});
      must("close", driver.close(one));
    }
  });
  report.run("one stream closes and the other goes on", [&] {
    must("open", driver.open(one));
    must("open", driver.open(two));
    driver.must_take(one, {{"one"}});
    driver.must_take(two, {{"two"}});
    must("close", driver.close(one));
    driver.must_take(two, {{"two"}});
    must("close", driver.close(two));
  });
}

void run_lines(const LogDriver& driver, Report& report) {
  const auto run = [&](const char* name, const std::function<void(const std::string&)>& body) {
    report.run(name, [&] {
      const ScopedStream stream(driver, id_of('a'));
      body(stream.id());
    });
  };
  run("no lines at all are taken", [&](const std::string& id) { driver.must_take(id, {}); });
  run("empty lines are taken", [&](const std::string& id) {
    driver.must_take(id, {{""}, {"", 2}, {""}});
  });
  run("lines may have any bytes", [&](const std::string& id) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
      if (byte != '\n') every += static_cast<char>(byte);
    driver.must_take(id, {{every},
                          {std::string(1, '\0')},
                          {"\xff\xfe\xc3"},
                          {"\r"},
                          {"{\"json\":\"\\u0000\"}"},
                          {"%s%n"},
                          {" "}});
  });
  run("lines as long as they may be are taken", [&](const std::string& id) {
    driver.must_take(id, {{std::string(kLongest, 'x')}, {std::string(kLongest, '\0'), 2}});
  });
  run("a long line comes in pieces, on both streams in turn", [&](const std::string& id) {
    const std::string piece(kLongest, 'p');
    driver.must_take(id, {{piece, 1, 1, false}, {piece, 2, 1, false}});
    driver.must_take(id, {{piece, 1, 2, false}, {"end", 2, 2, true}, {"", 1, 3, true}});
  });
  run("a line may go on in its middle, as after a restart", [&](const std::string& id) {
    driver.must_take(id, {{"middle", 1, 7, false}, {"end", 1, 8, true}});
    driver.must_take(id, {{"never ends", 2, 1, false}});
  });
  run("many lines at once are taken", [&](const std::string& id) {
    driver.must_take(id, std::vector<Line>(2000, {"one of many"}));
  });
  run("a cancelled write is done, or says so at once", [&](const std::string& id) {
    const Operation cancelled([] { return true; });
    const Written written = driver.write(id, {{"line"}, {"line"}}, cancelled);
    if (written.outcome.status != GANTRY_OK) must("write", written.outcome, GANTRY_CANCELLED);
    expect(written.took < std::chrono::seconds(3), "it took some seconds");
    driver.must_take(id, {{"the stream goes on"}});
  });
}

void run_threads(const LogDriver& driver, Report& report) {
  report.run("containers are served side by side", [&] {
    std::vector<std::thread> threads;
    std::vector<std::string> faults(5);
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        try {
          const std::string id = id_of(static_cast<char>('1' + t));
          for (int i = 0; i < 10; ++i) {
            must("open", driver.open(id));
            for (int batch = 0; batch < 5; ++batch)
              driver.must_take(id, std::vector<Line>(20, {"line of " + id}));
            must("close", driver.close(id));
          }
        } catch (const std::exception& e) {
          faults[t] = e.what();
        }
      });
    threads.emplace_back([&] {
      try {
        for (int i = 0; i < 100; ++i) must("check", driver.check(driver.options()));
      } catch (const std::exception& e) {
        faults[4] = e.what();
      }
    });
    for (auto& thread : threads) thread.join();
    for (const auto& fault : faults) expect(fault.empty(), fault);
  });
}

void run_restart(LogDriver& driver, Report& report) {
  report.run("the daemon may end with streams open, and opens them again", [&] {
    const std::string one = id_of('1'), two = id_of('2');
    must("open", driver.open(one));
    must("open", driver.open(two));
    driver.must_take(one, {{"before"}, {"not finished", 1, 1, false}});
    driver.restart();
    must("write", driver.write(one, {{"line"}}).outcome, GANTRY_NOT_FOUND);
    must("open", driver.open(one));
    driver.must_take(one, {{"goes on", 1, 2, true}, {"after"}});
    must("close", driver.close(one));
    must("close", driver.close(two), GANTRY_NOT_FOUND);
  });
}

}  // namespace

void run_logging(Subject& subject, Report& report) {
  const std::string& peer = subject.settings().peer;
  if (peer == "absent") return run_absent_peer(subject, report);
  if (peer == "stuck") return run_stuck_peer(subject, report);
  LogDriver driver(subject);
  run_options(driver, report);
  run_order(driver, report);
  run_lines(driver, report);
  run_threads(driver, report);
  run_restart(driver, report);
}

}  // namespace conformance

// The runtime adapter on a real plugin library (tests/fakes/runtime_fake).
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <csignal>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::pluginhost {

namespace {

const std::string kId(64, 'a'), kExec(64, 'e');

/// Events as they come, to wait for.
class Inbox {
 public:
  void push(PluginEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  PluginEvent next() {
    std::unique_lock lock(mutex_);
    BOOST_REQUIRE(
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return !events_.empty(); }));
    PluginEvent event = events_.front();
    events_.erase(events_.begin());
    return event;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PluginEvent> events_;
};

struct Fixture {
  test::TemporaryDirectory directory;
  Inbox inbox;
  std::unique_ptr<PluginHost> host;
  Runtime* runtime = nullptr;

  Fixture() { boot(); }
  void boot() {
    host.reset();
    HostOptions options;
    options.directories = {test::test_plugins()};
    options.state_dir = directory / "state";
    options.run_dir = directory / "run";
    options.configs["runtime-fake"] = R"({"files":{"/etc/passwd":"root:x:0:0"}})";
    options.on_event = [this](PluginEvent event) { inbox.push(std::move(event)); };
    host = std::make_unique<PluginHost>(std::move(options));
    runtime = &host->load_runtime("runtime-fake");
  }
  static std::string spec(const std::string& args) {
    return R"({"ociVersion":"1.0.2","process":{"args":[)" + args + "]}}";
  }
  void run(const std::string& args, ContainerOptions options = {}) {
    runtime->create(kId, spec(args), options);
    BOOST_TEST(runtime->start(kId).pid > 0);
  }
};

std::pair<UniqueFd, UniqueFd> connection() {
  int fds[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Errc code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  BOOST_FAIL("no error");
  return Errc::internal;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fake_runtime, Fixture)

BOOST_AUTO_TEST_CASE(a_container_is_created_started_and_ends_with_its_code) {
  runtime->create(kId, spec(R"("exit","3")"), {});
  BOOST_TEST((runtime->find_state(kId)->status == RunStatus::created));
  runtime->start(kId);
  const PluginEvent event = inbox.next();
  BOOST_TEST(event.kind == "exit");
  BOOST_TEST(event.container_id == kId);
  BOOST_TEST(event.exit_code == 3);
  const auto state = runtime->find_state(kId);
  BOOST_TEST((state->status == RunStatus::exited));
  BOOST_TEST(state->exit_code == 3);
  runtime->remove(kId);
  BOOST_TEST(!runtime->find_state(kId));
  runtime->remove(kId);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_it_with_128_and_the_number) {
  run(R"("sleep")");
  runtime->signal(kId, SIGTERM);
  BOOST_TEST(inbox.next().exit_code == 143);
  BOOST_TEST((code_of([&] { runtime->signal(kId, SIGTERM); }) == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(errors_keep_class_and_words) {
  BOOST_TEST((code_of([&] { runtime->start(kId); }) == Errc::not_found));
  runtime->create(kId, spec(R"("nothere")"), {});
  BOOST_CHECK_EXCEPTION(runtime->start(kId), Error, [](const Error& e) {
    return std::string(e.what()) == "exec: \"nothere\": executable file not found in $PATH";
  });
  BOOST_TEST((code_of([&] { runtime->create(kId, "{}", {}); }) == Errc::conflict));
  BOOST_TEST((code_of([&] { runtime->create(std::string(64, 'b'), "[]", {}); }) == Errc::invalid));
  Op cancelled;
  cancelled.cancelled = [] { return true; };
  BOOST_TEST((code_of([&] { runtime->start(kId, cancelled); }) == Errc::cancelled));
  Op late;
  late.limit = std::chrono::nanoseconds(0);
  BOOST_TEST((code_of([&] { runtime->start(kId, late); }) == Errc::cancelled));
}

BOOST_AUTO_TEST_CASE(attached_input_comes_back_framed_and_the_log_has_it) {
  auto [ours, theirs] = connection();
  ContainerOptions options;
  options.open_stdin = options.stdin_once = true;
  options.log_path = directory / "log";
  runtime->create(kId, spec(R"("cat")"), options);
  ClientStream stream;
  stream.fd = theirs.get();
  stream.in = stream.out = stream.framed = true;
  stream.read_ahead = "early ";
  runtime->attach(kId, stream);
  theirs.reset();  // the plugin has its own
  file::write_all(ours.get(), "bird");
  ::shutdown(ours.get(), SHUT_WR);
  runtime->start(kId);
  const std::string answer = file::read(ours.get());
  std::string text;
  for (size_t at = 0; at + 8 <= answer.size();) {
    BOOST_REQUIRE(answer[at] == 1);
    const size_t length = static_cast<unsigned char>(answer[at + 7]);
    text += answer.substr(at + 8, length);
    at += 8 + length;
  }
  BOOST_TEST(text == "early bird");
  BOOST_TEST(inbox.next().exit_code == 0);
  BOOST_TEST(file::read(directory / "log").find("bird") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exec_reports_before_its_connection_closes) {
  run(R"("sleep")");
  auto [ours, theirs] = connection();
  ClientStream stream;
  stream.fd = theirs.get();
  stream.out = stream.err = true;
  BOOST_TEST(runtime->exec_start(kId, kExec, R"({"args":["echo","hi","you"],"note":"mine"})",
                                 &stream, false) > 0);
  theirs.reset();
  BOOST_TEST(file::read(ours.get()) == "hi you\n");
  const PluginEvent event = inbox.next();
  BOOST_TEST(event.kind == "exec_exit");
  BOOST_TEST(event.exec_id == kExec);
  const auto execs = runtime->exec_list(kId);
  BOOST_TEST(execs.at(0).exec_id == kExec);
  BOOST_TEST(!execs.at(0).running);
  BOOST_TEST(execs.at(0).note == "mine");
}

BOOST_AUTO_TEST_CASE(containers_outlive_the_host_and_their_exits_are_listed) {
  run(R"("sleep")");
  const std::string second(64, 'b');
  runtime->create(second, spec(R"("sleep")"), {});
  runtime->start(second);
  boot();
  BOOST_TEST(runtime->list().size() == 2u);
  BOOST_TEST((runtime->find_state(kId)->status == RunStatus::running));
  runtime->signal(second, SIGKILL);
  BOOST_TEST(inbox.next().exit_code == 137);
}

BOOST_AUTO_TEST_CASE(layers_roots_ports_and_pids_go_through_the_extensions) {
  const std::string chain = "sha256:" + std::string(64, '1');
  const UniqueFd tar = file::open("/dev/null", O_RDONLY);
  BOOST_TEST(!runtime->layer_size(chain));
  BOOST_TEST(runtime->layer_unpack(chain, "", tar.get()) == 0u);
  BOOST_TEST(runtime->layer_size(chain).value() == 0u);
  runtime->rootfs_create(kId, chain);
  BOOST_TEST((code_of([&] { runtime->layer_remove(chain); }) == Errc::conflict));
  BOOST_TEST(runtime->rootfs_find_file(kId, "/etc/passwd", 4).value() == "root");
  BOOST_TEST(!runtime->rootfs_find_file(kId, "/etc/group", 100));
  BOOST_TEST(runtime->has_network());
  BOOST_TEST(runtime->publish(kId, R"([{"host_port":0,"container_port":80}])")
                 .find("\"host_port\":49152") != std::string::npos);
  BOOST_TEST(runtime->info().find("publish " + kId) != std::string::npos);
  run(R"("sleep")");
  BOOST_TEST(runtime->pids(kId).size() == 1u);
  runtime->pause(kId);
  BOOST_TEST((runtime->find_state(kId)->status == RunStatus::paused));
  runtime->resume(kId);
  runtime->rootfs_remove(kId);
  BOOST_TEST(runtime->rootfs_list().empty());
}

BOOST_AUTO_TEST_CASE(a_runtime_may_leave_published_ports_to_the_host) {
  BOOST_TEST(runtime->can_publish());
  Runtime& plain = host->load_runtime("runtime-plain");  // in the place of the other
  BOOST_TEST(plain.has_network());
  BOOST_TEST(!plain.can_publish());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost

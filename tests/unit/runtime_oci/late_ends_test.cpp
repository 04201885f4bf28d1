// Containers whose supervisor was killed between their end and what the OCI runtime has to clear.
#include "lifecycle_fixture.hpp"
#include "protocol/messages.hpp"
#include "protocol/status_file.hpp"

using namespace gantry::oci;

namespace {

/// An OCI runtime whose `delete` of one container waits until let go.
struct SlowRuntime {
  Scratch scratch;
  std::string gate = scratch / "gate";
  std::string late = PluginHarness::id(20000 + ::getpid() % 10000);
  SlowRuntime() {
    BOOST_TEST_REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
    const std::string script = "#!/bin/sh\ncase \" $* \" in *' delete '*" + late +
                               "*) read -r _ <" + gate +
                               ";; esac\nexec \"$(command -v runc || command -v crun)\" \"$@\"\n";
    replace_file(scratch / "runtime", script, 0755);
  }
  std::string config() const {
    return R"({"instance":"7e57","runtime":")" + (scratch / "runtime") + "\"}";
  }
  void let_go() const {
    const UniqueFd open = open_at(AT_FDCWD, gate, O_WRONLY);
    [[maybe_unused]] const ssize_t put = ::write(open.get(), "\n", 1);
  }
};

struct Fixture : SlowRuntime {
  Scratch place;
  PluginHarness plugin{place.path(), config()};
  std::string chain = plugin.busybox();
  std::string other = PluginHarness::id(30000 + ::getpid() % 10000);

  void run(const std::string& id, const std::vector<std::string>& args) {
    PluginHarness::Run run;
    run.args = args;
    plugin.create(id, run, chain);
    plugin.start(id);
  }
  /// As if it had ended with this code just now.
  void kill_supervisor(const std::string& id, int exit_code) {
    const std::string bundle = plugin.run_dir() + "/bundles/" + id;
    const auto status = gantry::shim::read_status_file(bundle.c_str());
    BOOST_TEST_REQUIRE(status.has_value());
    ::kill(status->shim_pid, SIGSTOP);
    ::kill(status->pid, SIGKILL);
    const auto phase = static_cast<int>(gantry::shim::Phase::exited);
    replace_file(bundle + "/shim.status", "phase=" + std::to_string(phase) +
                                              "\nexit_code=" + std::to_string(exit_code) +
                                              "\nstarted_at=1\nfinished_at=2\ndeleted=0\n");
    ::kill(status->shim_pid, SIGKILL);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(late_ends, Fixture)

BOOST_AUTO_TEST_CASE(a_runtime_that_takes_its_time_holds_up_no_other_container) {
  run(late, {"sleep", "1000"});
  kill_supervisor(late, 7);
  run(other, {"sh", "-c", "exit 3"});
  BOOST_TEST(plugin.wait_event("exit", other, 10).exit_code == 3);
  BOOST_TEST(!plugin.has_event("exit", late));
  let_go();
  BOOST_TEST(plugin.wait_event("exit", late).exit_code == 7);
  BOOST_TEST(!exists(plugin.run_dir() + "/runc/" + late));
  for (const std::string& id : {late, other}) plugin.remove_all(id);
}

BOOST_AUTO_TEST_SUITE_END()

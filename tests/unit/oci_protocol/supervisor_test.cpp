// The plugin's end against a real gantry-shim; no container is run (tests/shim does that).
#include <sys/socket.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "protocol/client.hpp"
#include "protocol/spawn.hpp"
#include "protocol/status_file.hpp"
#include "tests/unit/build_tree.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry::shim;
using gantry::test::TemporaryDirectory;

namespace {

std::string shim_path() { return gantry::test::in_build_tree("libexec/gantry/gantry-shim"); }

struct Supervisor {
  TemporaryDirectory where;
  std::string bundle = (where / "bundle").string();
  UniqueFd binary = make_sealed_binary(shim_path());
  Client creator{UniqueFd()};

  explicit Supervisor(const std::string& directory_name = "bundle")
      : bundle((where / directory_name.c_str()).string()) {
    std::filesystem::create_directories(bundle);
    SpawnOptions options;
    options.binary = binary.get();
    options.bundle = bundle;
    options.id = "test";
    creator = Client(spawn(options));
  }
  Created create(const char* runtime = "/bin/false") {
    Create request;
    request.id = "test";
    request.runtime = runtime;
    const std::string log = (where / "log").string();
    request.log_path = log;
    request.tty = 1;
    return creator.create(request);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(supervisor)

BOOST_AUTO_TEST_CASE(created_supervisor_answers_on_its_socket_and_ends_on_terminate) {
  Supervisor shim;
  const Created created = shim.create();
  BOOST_TEST(created.shim_pid > 0);
  const State state = Client::connect(shim.bundle).state();
  BOOST_TEST(state.phase == static_cast<std::uint32_t>(Phase::created));
  BOOST_TEST(state.shim_pid == created.shim_pid);
  const auto status = read_status_file(shim.bundle.c_str());
  BOOST_REQUIRE(status.has_value());
  BOOST_TEST(status->shim_pid == created.shim_pid);
  BOOST_TEST(status->shim_start > 0u);
  Client::connect(shim.bundle).terminate();
  UniqueFd events = shim.creator.release();
  char byte;
  BOOST_TEST(::recv(events.get(), &byte, 1, 0) <= 0);
  BOOST_CHECK_EXCEPTION(Client::connect(shim.bundle), ShimError,
                        [](const ShimError& error) { return error.code() == GANTRY_NOT_FOUND; });
}

BOOST_AUTO_TEST_CASE(bundle_path_may_be_longer_than_a_socket_address) {
  Supervisor shim(std::string(120, 'd') + "/" + std::string(120, 'e'));
  shim.create();
  BOOST_TEST(Client::connect(shim.bundle).state().shim_pid > 0);
}

BOOST_AUTO_TEST_CASE(failing_runtime_leaves_the_container_created) {
  Supervisor shim;
  shim.create();
  BOOST_CHECK_THROW(Client::connect(shim.bundle).start(), ShimError);
  BOOST_CHECK_THROW(Client::connect(shim.bundle).start(), ShimError);
  BOOST_TEST(Client::connect(shim.bundle).state().phase ==
             static_cast<std::uint32_t>(Phase::created));
}

BOOST_AUTO_TEST_CASE(runtime_that_hangs_can_be_given_up) {
  Supervisor shim;
  const std::string script = (shim.where / "hang").string();
  std::ofstream(script) << "#!/bin/sh\nexec sleep 60\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  shim.create(script.c_str());
  Limits limits;
  limits.cancelled = [calls = 0]() mutable { return ++calls > 2; };
  BOOST_CHECK_EXCEPTION(Client::connect(shim.bundle).start(limits), ShimError,
                        [](const ShimError& error) { return error.code() == GANTRY_CANCELLED; });
  limits = {std::chrono::milliseconds(50), {}};
  Client client = Client::connect(shim.bundle);
  BOOST_CHECK_EXCEPTION(client.terminate(limits), ShimError,
                        [](const ShimError& error) { return error.code() == GANTRY_TIMEOUT; });
  BOOST_CHECK_THROW(client.state(), ShimError);  // spent
  BOOST_TEST(Client::connect(shim.bundle).state().phase ==
             static_cast<std::uint32_t>(Phase::created));
}

BOOST_AUTO_TEST_CASE(spawn_leaves_no_child_behind) {
  Supervisor shim;
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1);
}

BOOST_AUTO_TEST_CASE(missing_binary_and_missing_bundle_are_errors) {
  BOOST_CHECK_THROW(make_sealed_binary("/no/such/file"), ShimError);
  SpawnOptions options;
  const UniqueFd binary = make_sealed_binary(shim_path());
  options.binary = binary.get();
  options.bundle = "/no/such/directory";
  BOOST_CHECK_THROW(spawn(options), ShimError);
}

BOOST_AUTO_TEST_CASE(status_file_skips_what_it_does_not_know) {
  TemporaryDirectory where;
  BOOST_TEST(!read_status_file(where.path().c_str()).has_value());
  std::ofstream(where / kStatusName)
      << "phase=3\nnew_key=7\nexit_code=137\ngarbage\noom_killed=1\nfinished_at=-5";
  const auto status = read_status_file(where.path().c_str());
  BOOST_REQUIRE(status.has_value());
  BOOST_TEST(status->phase == 3u);
  BOOST_TEST(status->exit_code == 137);
  BOOST_TEST(status->oom_killed == 1);
  BOOST_TEST(status->finished_at == -5);
}

BOOST_AUTO_TEST_SUITE_END()

// docker cp, diff and update on the fake runtime.
#include "core/services/containers/container_archive.hpp"
#include "core/services/containers/container_changes.hpp"
#include "core/services/containers/container_stats.hpp"
#include "core/services/containers/container_stop.hpp"
#include "core/services/containers/container_update.hpp"
#include "tests/unit/services/container_engine.hpp"

using namespace gantry;
using domain::Status;
using test::error_of;

namespace {

struct FilesFixture : test::ContainerEngine {
  std::string get(const std::string& id, const std::string& path,
                  services::PathStat* stat = nullptr) {
    std::string tar;
    services().archive().get(
        id, path,
        [&](const services::PathStat& found) {
          if (stat != nullptr) *stat = found;
        },
        [&](std::string_view piece) {
          tar += piece;
          return true;
        });
    return tar;
  }
  void put(const std::string& id, const std::string& path, const std::string& tar) {
    std::string_view left = tar;
    services().archive().put(id, path, {}, [&] {
      const std::string_view piece = left.substr(0, 700);
      left.remove_prefix(piece.size());
      return piece;
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(container_files, FilesFixture)

BOOST_AUTO_TEST_CASE(files_go_both_ways_whatever_the_state) {
  const std::string running = make(R"(["sleep"])", "running"),
                    created = make(R"(["sleep"])", "created");
  services().start().run(running);
  for (const std::string& id : {running, created}) {
    services::PathStat stat;
    const std::string tar = get(id, "bin/sh", &stat);
    BOOST_TEST(stat.name == "sh");
    BOOST_TEST(stat.size == 3000);
    put(id, "/bin", tar);
    BOOST_TEST(services().archive().stat(id, "/bin/").mode == (0755u | 1u << 31));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_told_with_both_names_as_sent) {
  make(R"(["sleep"])", "web");
  const Error missing = error_of([&] { services().archive().stat("web", "no/such"); });
  BOOST_TEST((missing.code() == Errc::not_found));
  BOOST_TEST(std::string(missing.what()) == "Could not find the file no/such in container web");
  const Error file = error_of([&] { put("web", "/bin/sh", ""); });
  BOOST_TEST(std::string(file.what()) == "extraction point is not a directory");
}

BOOST_AUTO_TEST_CASE(a_failing_source_ends_the_call) {
  const std::string id = make(R"(["sleep"])", "web");
  const Error gone = error_of([&] {
    services().archive().put(id, "/bin", {}, []() -> std::string_view {
      throw Error(Errc::cancelled, "the client is gone");
    });
  });
  BOOST_TEST((gone.code() == Errc::cancelled));
  BOOST_TEST(services().start().run(id));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_a_download) {
  const std::string id = make(R"(["sleep"])", "web");
  actions();
  services().archive().get(
      id, "/", [](const auto&) {}, [](std::string_view) { return false; });
  BOOST_TEST(actions().empty());
  get(id, "/");
  BOOST_TEST(actions().front() == "archive-path");
}

BOOST_AUTO_TEST_CASE(what_was_put_is_a_change) {
  const std::string id = make(R"(["sleep"])", "web");
  BOOST_TEST(services().changes().run(id, {}).empty());
  put(id, "/", get(id, "/bin/sh"));
  const auto changes = services().changes().run(id, {});
  BOOST_TEST_REQUIRE(changes.size() == 1u);
  BOOST_TEST(changes[0].path == "/sh");
  BOOST_TEST(changes[0].kind == 1);
}

BOOST_AUTO_TEST_CASE(an_update_that_the_runtime_refuses_is_not_in_the_record) {
  const std::string id = make(R"(["sleep"])", "web");
  domain::ContainerUpdate update;
  update.numbers["Memory"] = 666;
  update.numbers["MemorySwap"] = 700;
  services().update().run(id, update);  // it does not run: only the record
  BOOST_TEST(record(id).host_config.document().root()["Memory"].i64() == 666);
  services().start().run(id);
  update.numbers["CpuShares"] = 7;
  const Error refused = error_of([&] { services().update().run(id, update); });
  BOOST_TEST(std::string(refused.what()) == "Cannot update container " + id + ": fake failure");
  BOOST_TEST(record(id).host_config.document().root()["CpuShares"].i64() == 0);
  update.numbers.erase("Memory");
  services().update().run(id, update);
  BOOST_TEST(record(id).host_config.document().root()["CpuShares"].i64() == 7);
  BOOST_TEST(runtime().info().find(R"(\"shares\":7)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_sample_is_taken_at_once_and_zeros_of_what_does_not_run) {
  const std::string id = make(R"(["sleep"])", "web");
  const auto sample = [&] {
    services::StatsSample seen;
    services().stats().run(id, services::ContainerStats::Mode::one_shot, Peer(),
                           [&](const auto&, const auto& now, const auto& before) {
                             BOOST_TEST(before.read == 0);
                             seen = now;
                             return true;
                           });
    return seen;
  };
  BOOST_TEST(sample().read == 0);
  services().start().run(id);
  BOOST_TEST(sample().read > 0);
  BOOST_TEST(sample().document.find("inactive_file") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

// Contexts that come by another request: the build waits for it, and it for the build.
#include "core/buildkit/uploads.hpp"

#include <future>
#include <utility>

#include "tests/unit/images/expect.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using gantry::test::error_text;

namespace {

/// A tar with one file.
std::string archive(const std::string& path) {
  std::string all;
  images::ArchiveWriter writer([&](std::string_view piece) { all += piece; });
  writer.add_text(path, std::string(4096, 'x'));
  writer.finish();
  return all;
}

std::function<std::string_view()> body_of(const std::string& text) {
  return [&text, told = false]() mutable {
    return std::exchange(told, true) ? std::string_view() : std::string_view(text);
  };
}

struct Fixture {
  test::TemporaryDirectory directory;
  Uploads uploads{directory.path()};
  build::SourceTree files{directory.path()};
  const std::string tar = archive("x");
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(uploads_of_contexts, Fixture)

BOOST_AUTO_TEST_CASE(either_may_come_first) {
  for (const bool build_first : {true, false}) {
    build::SourceTree into(directory.path());
    std::stop_source stop;
    const auto build = [&] { uploads.take("id", into, stop.get_token()); };
    const auto upload = [&] { uploads.bring("id", body_of(tar)); };
    auto other = build_first ? std::async(std::launch::async, build)
                             : std::async(std::launch::async, upload);
    build_first ? upload() : build();
    other.get();
    BOOST_TEST(into.find("x") != nullptr);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_fails_both) {
  auto build = std::async(std::launch::async, [&] { uploads.take("id", files, {}); });
  const std::string bad(2000, '\1');
  error_text(Errc::invalid, [&] { uploads.bring("id", body_of(bad)); });
  error_text(Errc::invalid, [&] { build.get(); });
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_in_the_middle_fails_the_build) {
  auto build = std::async(std::launch::async, [&] { uploads.take("id", files, {}); });
  error_text(Errc::cancelled, [&] {
    uploads.bring("id", []() -> std::string_view { throw Error(Errc::cancelled, "gone"); });
  });
  error_text(Errc::cancelled, [&] { build.get(); });
}

BOOST_AUTO_TEST_CASE(a_build_that_stops_waits_no_longer_and_its_upload_is_not_read_on) {
  std::stop_source stop;
  auto build = std::async(std::launch::async, [&] { uploads.take("id", files, stop.get_token()); });
  std::string_view rest = tar;
  const auto next = [&]() -> std::string_view {
    if (rest.size() < tar.size()) {
      stop.request_stop();
      build.wait();
    }
    const std::string_view piece = rest.substr(0, 512);
    rest.remove_prefix(piece.size());
    return piece;
  };
  error_text(Errc::cancelled, [&] { uploads.bring("id", next); });
  error_text(Errc::cancelled, [&] { build.get(); });
  BOOST_TEST(!rest.empty());
}

BOOST_AUTO_TEST_CASE(an_upload_is_for_one_build_and_comes_once) {
  std::promise<void> reading, go_on;
  auto build = std::async(std::launch::async, [&] { uploads.take("id", files, {}); });
  auto upload = std::async(std::launch::async, [&] {
    uploads.bring("id", [&, first = true, next = body_of(tar)]() mutable {
      if (std::exchange(first, false)) {
        reading.set_value();
        go_on.get_future().wait();
      }
      return next();
    });
  });
  reading.get_future().wait();
  build::SourceTree other(directory.path());
  error_text(Errc::conflict, [&] { uploads.take("id", other, {}); });
  error_text(Errc::conflict, [&] { uploads.bring("id", body_of(tar)); });
  go_on.set_value();
  upload.get();
  build.get();
  BOOST_TEST(files.find("x") != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

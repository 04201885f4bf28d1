// What is remembered of clients' files, and what is not believed.
#include "core/buildkit/known_files.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace gantry;
using namespace gantry::buildkit;

namespace {

constexpr UnixNanos kNow = 1'700'000'000'000'000'000, kEarlier = kNow - 3'600'000'000'001;

struct Memory {
  KnownFiles known{4};
  const std::string directory = "client context", digest = std::string(64, 'a');

  void remember(const std::string& path, UnixNanos changed = kEarlier, std::uint64_t size = 5) {
    known.remember({directory, path, size, changed}, digest, kNow);
  }
  bool knows(const std::string& path, UnixNanos changed = kEarlier, std::uint64_t size = 5) {
    const auto found = known.digest({directory, path, size, changed});
    return found && *found == digest;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(known_files, Memory)

BOOST_AUTO_TEST_CASE(a_file_is_known_by_all_that_the_client_tells) {
  remember("a/x");
  BOOST_TEST(knows("a/x"));
  BOOST_TEST(!knows("a/y"));
  BOOST_TEST(!knows("a/x", kEarlier + 1));
  BOOST_TEST(!knows("a/x", kEarlier, 6));
  BOOST_TEST(!known.digest({"client dockerfile", "a/x", 5, kEarlier}).has_value());
}

BOOST_AUTO_TEST_CASE(names_do_not_run_into_each_other) {
  remember("a");
  BOOST_TEST(!known.digest({directory + "a", "", 5, kEarlier}).has_value());
}

BOOST_AUTO_TEST_CASE(times_of_whole_seconds_are_not_believed) {
  remember("x", 1'600'000'000'000'000'000);
  BOOST_TEST(!knows("x", 1'600'000'000'000'000'000));
}

BOOST_AUTO_TEST_CASE(what_has_just_changed_may_change_again_unseen) {
  for (const UnixNanos changed : {kNow - 1'000'000'001, kNow - 1, kNow + 3'600'000'000'001}) {
    remember("x", changed);
    BOOST_TEST(!knows("x", changed));
  }
  remember("x", kNow - 2'000'000'001);
  BOOST_TEST(knows("x", kNow - 2'000'000'001));
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_stays_and_the_rest_goes) {
  remember("kept");
  remember("lost");
  for (int round = 0; round < 3; ++round) {
    BOOST_TEST(knows("kept"));
    for (int other = 0; other < 3; ++other)
      remember(std::to_string(round) + "." + std::to_string(other));
  }
  BOOST_TEST(knows("kept"));
  BOOST_TEST(!knows("lost"));
}

BOOST_AUTO_TEST_SUITE_END()

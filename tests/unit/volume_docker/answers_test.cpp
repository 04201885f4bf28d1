#include "answers.hpp"

#include <boost/test/unit_test.hpp>

#include "timestamp.hpp"

using namespace volume_docker;
using gantry::sdk::Error;

namespace {

std::string refusal(const Reply& reply) {
  try {
    check_reply("VolumeDriver.Create", reply);
  } catch (const Refused& e) {
    return e.what();
  } catch (const Error& e) {
    return std::string("nonsense: ") + e.what();
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(refusals_are_told_in_the_drivers_words) {
  BOOST_TEST(refusal({200, "{}"}) == "none");
  BOOST_TEST(refusal({200, ""}) == "none");
  BOOST_TEST(refusal({200, "null\n"}) == "none");
  BOOST_TEST(refusal({200, "{\"Err\": \"no room\"}\n{\"Volume\": {}}"}) == "no room");
  BOOST_TEST(refusal({200, R"({"Err":""})"}) == "none");
  BOOST_TEST(refusal({200, R"({"Err":"no room"})"}) == "no room");
  BOOST_TEST(refusal({500, R"({"Err":"no room"})"}) == "VolumeDriver.Create: no room");
  BOOST_TEST(refusal({500, "plain words"}) == "VolumeDriver.Create: plain words");
  BOOST_TEST(refusal({404, "404 page not found"}) == "VolumeDriver.Create: 404 page not found");
  BOOST_TEST(refusal({200, "plain words"}).starts_with("nonsense: "));
  BOOST_TEST(refusal({200, "[]"}).starts_with("nonsense: "));
}

BOOST_AUTO_TEST_CASE(volumes_are_read_whole) {
  const Reply reply{200, R"({"Volume":{"Name":"v","Mountpoint":"/m","CreatedAt":
      "2024-02-03T04:05:06Z","Status":{"a":1,"b":["c"]}},"Err":""})"};
  const auto volume = read_volume(reply);
  BOOST_TEST_REQUIRE(volume.has_value());
  BOOST_TEST(volume->name == "v");
  BOOST_TEST(volume->mountpoint == "/m");
  BOOST_TEST(volume->created_at == 1'706'933'106'000'000'000);
  BOOST_TEST(volume->status_json == R"({"a":1,"b":["c"]})");
  BOOST_TEST(!read_volume({200, "{}"}));
  BOOST_TEST(!read_volume({200, "null"}));
  BOOST_TEST(!read_volume({200, R"({"Volume":null})"}));
}

BOOST_AUTO_TEST_CASE(lists_leave_out_what_has_no_name) {
  const auto volumes =
      read_volumes({200, R"({"Volumes":[{"Name":"a"},{"Mountpoint":"/x"},{"Name":"b"}]})"});
  BOOST_TEST(volumes.size() == 2u);
  BOOST_TEST(read_volumes({200, R"({"Volumes":null})"}).empty());
  BOOST_CHECK_THROW(read_volumes({200, R"({"Volumes":7})"}), Error);
  BOOST_CHECK_THROW(read_volumes({200, R"({"Volumes":[7]})"}), Error);
}

BOOST_AUTO_TEST_CASE(mountpoints_of_a_wrong_type_are_the_drivers_fault) {
  BOOST_TEST(read_mountpoint({200, R"({"Mountpoint":"/m"})"}) == "/m");
  BOOST_CHECK_EXCEPTION(read_mountpoint({200, R"({"Mountpoint":7})"}), Error,
                        [](const Error& e) { return e.code() == GANTRY_INTERNAL; });
}

BOOST_AUTO_TEST_CASE(scopes_and_manifests) {
  BOOST_TEST(read_scope({200, R"({"Capabilities":{"Scope":"Global"}})"}) == "global");
  BOOST_TEST(read_scope({200, R"({"Capabilities":{"Scope":"galactic"}})"}) == "local");
  BOOST_TEST(read_scope({200, "{}"}) == "local");
  BOOST_TEST(implements_volumes({200, R"({"Implements":["authz","VolumeDriver"]})"}));
  BOOST_TEST(!implements_volumes({200, R"({"Implements":["authz"]})"}));
  BOOST_TEST(!implements_volumes({200, "{}"}));
}

BOOST_AUTO_TEST_CASE(depth_of_an_answer_is_not_depth_of_the_stack) {
  const std::string deep = R"({"Volume":)" + std::string(2'000'000, '[');
  BOOST_CHECK_THROW(read_volume({200, deep}), Error);
}

BOOST_AUTO_TEST_CASE(times_are_rfc_3339) {
  BOOST_TEST(parse_timestamp("1970-01-01T00:00:01Z").value() == 1'000'000'000);
  BOOST_TEST(parse_timestamp("1970-01-01T01:00:00.5+01:00").value() == 500'000'000);
  BOOST_TEST(parse_timestamp("2024-02-29T12:00:00.123456789-05:30").value() % 1'000'000'000 ==
             123'456'789);
  for (const char* text : {"", "today", "2024-02-30T00:00:00Z", "2024-02-03 04:05:06Z",
                           "2024-02-03T04:05:06", "2024-02-03T24:05:06Z", "0001-01-01T00:00:00Z",
                           "2024-02-03T04:05:06Zx", "2024-02-03T04:05:06+1"})
    BOOST_TEST(!parse_timestamp(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "core/domain/event_filter.hpp"
#include "core/domain/network_filter.hpp"
#include "core/domain/time_filter.hpp"
#include "core/domain/volume_filter.hpp"

using namespace gantry::domain;
using gantry::Error;

namespace {

FilterArgs filters(const char* json) { return FilterArgs::parse(json); }

NetworkRecord network(const char* name) {
  NetworkRecord record;
  record.name = name;
  record.id = std::string(64, 'a');
  record.driver = "bridge";
  record.labels = {{"tier", "web"}};
  record.created = 1'000'000'000'000;
  return record;
}

Event start_event() {
  return {"container",
          "start",
          "0123456789abcdef",
          {{"image", "busybox:latest"}, {"name", "web"}, {"tier", "a"}},
          1};
}

}  // namespace

BOOST_AUTO_TEST_CASE(networks_are_found_by_part_of_name_driver_label_and_type) {
  const NetworkRecord record = network("foo_bar");
  BOOST_TEST(network_listed(record, filters(R"({"name":["foo"]})")));
  BOOST_TEST(!network_listed(record, filters(R"({"name":["^bar"]})")));
  BOOST_TEST(network_listed(record, filters(R"({"driver":{"bridge":true},"label":["tier=web"]})")));
  BOOST_TEST(!network_listed(record, filters(R"({"label":["tier=db"]})")));
  BOOST_TEST(network_listed(record, filters(R"({"type":["custom"]})")));
  BOOST_TEST(!network_listed(record, filters(R"({"type":["builtin"]})")));
  BOOST_TEST(network_listed(record, filters(R"({"dangling":["true"]})")));
  BOOST_TEST(!network_listed(record, filters(R"({"dangling":["false"]})")));
  BOOST_TEST(!network_listed(record, filters(R"({"scope":["swarm"]})")));
}

BOOST_AUTO_TEST_CASE(unknown_network_filters_are_refused) {
  BOOST_CHECK_THROW(check_network_list_filters(filters(R"({"until":["1h"]})")), Error);
  BOOST_CHECK_THROW(check_network_list_filters(filters(R"({"type":["x"]})")), Error);
  BOOST_CHECK_THROW(check_network_prune_filters(filters(R"({"until":["soon"]})")), Error);
  BOOST_CHECK_NO_THROW(check_network_prune_filters(filters(R"({"until":["24h"],"label!":["x"]})")));
}

BOOST_AUTO_TEST_CASE(prune_keeps_what_is_young_labelled_or_predefined) {
  const NetworkRecord record = network("n");
  const gantry::UnixNanos now = record.created + 3600'000'000'000;
  BOOST_TEST(network_prunable(record, filters(""), now));
  BOOST_TEST(network_prunable(record, filters(R"({"until":["30m"]})"), now));
  BOOST_TEST(!network_prunable(record, filters(R"({"until":["2h"]})"), now));
  BOOST_TEST(!network_prunable(record, filters(R"({"label!":["tier"]})"), now));
  BOOST_TEST(network_prunable(record, filters(R"({"label!":["other"]})"), now));
  NetworkRecord predefined = record;
  predefined.predefined = true;
  BOOST_TEST(!network_prunable(predefined, filters(""), now));
}

BOOST_AUTO_TEST_CASE(volumes_dangle_when_nobody_uses_them) {
  VolumeRecord volume;
  volume.name = "data";
  volume.driver = "local";
  BOOST_TEST(volume_listed(volume, false, filters(R"({"dangling":["true"]})")));
  BOOST_TEST(!volume_listed(volume, true, filters(R"({"dangling":["1"]})")));
  BOOST_TEST(volume_listed(volume, true, filters(R"({"dangling":["false"],"name":["dat"]})")));
  BOOST_TEST(!volume_listed(volume, true, filters(R"({"label":["x"]})")));
  BOOST_CHECK_THROW(check_volume_list_filters(filters(R"({"dangling":["maybe"]})")), Error);
}

BOOST_AUTO_TEST_CASE(prune_takes_named_volumes_only_when_told) {
  VolumeRecord volume;
  volume.name = "data";
  BOOST_TEST(!volume_prunable(volume, false, filters("")));
  BOOST_TEST(volume_prunable(volume, true, filters("")));  // API before 1.42
  BOOST_TEST(volume_prunable(volume, false, filters(R"({"all":["true"]})")));
  volume.anonymous = true;
  BOOST_TEST(volume_prunable(volume, false, filters("")));
  volume.labels = {{{"keep", ""}}};
  BOOST_TEST(!volume_prunable(volume, false, filters(R"({"label!":["keep"]})")));
}

BOOST_AUTO_TEST_CASE(events_are_filtered_by_type_action_actor_image_and_label) {
  const Event event = start_event();
  for (const char* wanted :
       {"", R"({"type":["container"]})", R"({"event":["start","die"]})", R"({"container":["web"]})",
        R"({"container":["0123456789"]})", R"({"image":["busybox"]})",
        R"({"image":["busybox:latest"]})", R"({"label":["tier=a"],"type":["container"]})",
        R"({"scope":["local"]})"})
    BOOST_TEST(event_wanted(event, filters(wanted)), wanted);
  for (const char* other :
       {R"({"type":["image"]})", R"({"event":["stop"]})", R"({"container":["db"]})",
        R"({"image":["alpine"]})", R"({"label":["tier=b"]})", R"({"volume":["data"]})",
        R"({"scope":["swarm"]})"})
    BOOST_TEST(!event_wanted(event, filters(other)), other);
  BOOST_CHECK_THROW(check_event_filters(filters(R"({"colour":["red"]})")), Error);
}

BOOST_AUTO_TEST_CASE(actions_with_arguments_match_by_their_first_word) {
  Event event = start_event();
  event.action = "exec_create: sh -c true";
  BOOST_TEST(event_wanted(event, filters(R"({"event":["exec_create"]})")));
  event.action = "health_status: healthy";
  BOOST_TEST(event_wanted(event, filters(R"({"event":["health_status"]})")));
  BOOST_TEST(event_wanted(event, filters(R"({"event":["health_status: healthy"]})")));
  BOOST_TEST(!event_wanted(event, filters(R"({"event":["health_status: unhealthy"]})")));
}

BOOST_AUTO_TEST_CASE(go_durations_are_read) {
  BOOST_TEST(parse_go_duration("1h30m").value() == 5400'000'000'000);
  BOOST_TEST(parse_go_duration("1.5s").value() == 1'500'000'000);
  BOOST_TEST(parse_go_duration("300ms").value() == 300'000'000);
  BOOST_TEST(parse_go_duration("-2us").value() == -2000);
  BOOST_TEST(parse_go_duration("0").value() == 0);
  for (const char* text : {"", "5", "h", "1x", "1h-2m", "1.2.3s", " 1s"})
    BOOST_TEST(!parse_go_duration(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(until_may_be_an_instant_or_an_age) {
  const gantry::UnixNanos now = 2'000'000'000'000'000'000;
  BOOST_TEST(parse_time_filter("1700000000", now).value() == 1'700'000'000'000'000'000);
  BOOST_TEST(parse_time_filter("2023-11-14T22:13:20Z", now).value() == 1'700'000'000'000'000'000);
  BOOST_TEST(parse_time_filter("2023-11-14T22:13:20", now).value() == 1'700'000'000'000'000'000);
  BOOST_TEST(parse_time_filter("2023-11-14", now).value() == 1'699'920'000'000'000'000);
  BOOST_TEST(parse_time_filter("10s", now).value() == now - 10'000'000'000);
  BOOST_TEST(parse_time_filter("-9000000000s", now).value() == INT64_MAX);
  BOOST_TEST(!parse_time_filter("yesterday", now).has_value());
}

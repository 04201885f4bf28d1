// What the SDK's wrapper makes of a plugin's exceptions, and the host of a plugin's statuses.
#include <gantry/abi.h>

#include <boost/test/unit_test.hpp>
#include <gantry/cpp/error.hpp>
#include <gantry/cpp/volume.hpp>

#include "core/base/error.hpp"
#include "core/pluginhost/abi_call.hpp"

namespace gantry::pluginhost {
namespace {

gantry_error guarded(const std::function<void()>& body) {
  gantry_error error = blank_error();
  const gantry_status status = sdk::detail::guarded(&error, body);
  BOOST_TEST(status == error.code);
  return error;
}

gantry_error thrown(int code, const std::string& message = "what failed") {
  return guarded([&] { throw sdk::Error(static_cast<gantry_errc>(code), message); });
}

Errc class_of(gantry_status status) {
  try {
    call(
        "test", "mount", [](void*, gantry_status gives, gantry_error*) { return gives; }, nullptr,
        status);
  } catch (const Error& error) {
    return error.code();
  }
  BOOST_FAIL("the status " << status << " is no failure");
  return Errc::internal;
}

struct NoDrivers final : sdk::VolumeDrivers {
  explicit NoDrivers(const sdk::Host&) {}
  sdk::Volume& resolve(const std::string&, const sdk::Op&) override { return *this; }
  std::vector<std::string> names() override { return {}; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sdk_error)

BOOST_AUTO_TEST_CASE(thrown_success_is_a_failure) {
  const gantry_error error = thrown(GANTRY_OK);
  BOOST_TEST(error.code == GANTRY_INTERNAL);
  BOOST_TEST(std::string(error.message) == "what failed");
}

BOOST_AUTO_TEST_CASE(codes_that_the_plugin_knows_pass_and_others_are_internal) {
  for (int code = GANTRY_INVALID; code <= GANTRY_INTERNAL; ++code)
    BOOST_TEST(thrown(code).code == code);
  BOOST_TEST(thrown(GANTRY_INTERNAL + 1).code == GANTRY_INTERNAL);
  BOOST_TEST(sdk::failure_class(-1) == GANTRY_INTERNAL);
  BOOST_TEST(sdk::failure_class(4711) == GANTRY_INTERNAL);
  BOOST_TEST(sdk::failure_class(GANTRY_NOT_FOUND) == GANTRY_NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(status_that_the_host_does_not_know_is_internal) {
  BOOST_TEST((class_of(GANTRY_NOT_FOUND) == Errc::not_found));
  for (const gantry_status status : {-1, GANTRY_INTERNAL + 1, 4711})
    BOOST_TEST((class_of(status) == Errc::internal));
}

BOOST_AUTO_TEST_CASE(long_message_is_cut_between_characters) {
  constexpr size_t kRoom = sizeof(gantry_error::message) - 1;
  for (const std::string character : {"x", "\u00e9", "\u20ac", "\U0001f40b"}) {
    std::string whole;
    while (whole.size() + character.size() <= kRoom) whole += character;
    const std::string longer = whole + character + character;
    BOOST_TEST(std::string(thrown(GANTRY_INVALID, longer).message) == whole);
    gantry_error of_host = blank_error();
    fill_error(&of_host, GANTRY_INVALID, 0, longer);
    BOOST_TEST(std::string(of_host.message) == whole);
  }
}

BOOST_AUTO_TEST_CASE(long_message_that_is_no_text_is_cut_where_there_is_no_room) {
  const std::string bytes(600, '\x80');
  BOOST_TEST(std::string(thrown(GANTRY_INVALID, bytes).message).size() >= 496u);
}

BOOST_AUTO_TEST_CASE(driver_is_not_written_into_a_struct_that_is_too_short) {
  NoDrivers plugin{sdk::Host(nullptr)};
  const auto* table = static_cast<const gantry_ext_volume_drivers*>(
      sdk::detail::VolumeKind::extension<NoDrivers>(GANTRY_EXT_VOLUME_DRIVERS));
  gantry_volume_driver found{};
  found.size = offsetof(gantry_volume_driver, table);
  gantry_error error = blank_error();
  BOOST_TEST(table->resolve(&plugin, "x", nullptr, &found, &error) == GANTRY_INVALID);
  BOOST_TEST(found.table == nullptr);
  found.size = sizeof found;
  BOOST_TEST(table->resolve(&plugin, "x", nullptr, &found, &error) == GANTRY_OK);
  BOOST_TEST(found.table != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gantry::pluginhost

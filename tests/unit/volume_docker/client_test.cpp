#include "client.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <mutex>
#include <string_view>

using namespace volume_docker;

namespace {

constexpr std::string_view kSilent = "silent.test";
constexpr std::chrono::seconds kPatience{20};  // of name servers that do not answer

struct Silence {
  std::mutex mutex;
  std::condition_variable over;
  bool is_over = false;
};

Silence& silence() {
  static auto* one = new Silence;  // a look-up may outlast the test
  return *one;
}

gantry_errc failure_of_look_up(std::chrono::milliseconds limit,
                               const std::function<bool()>& cancelled = {}) {
  Endpoint endpoint;
  endpoint.host = kSilent;
  endpoint.port = "1";
  const auto begin = std::chrono::steady_clock::now();
  gantry_errc code = GANTRY_OK;
  try {
    post(endpoint, "VolumeDriver.List", "{}", begin + limit, cancelled);
  } catch (const CallFailed& failed) {
    code = failed.code();
  }
  BOOST_TEST((std::chrono::steady_clock::now() - begin < kPatience / 2));
  return code;
}

}  // namespace

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (host != nullptr && host == kSilent) {
    std::unique_lock lock(silence().mutex);
    silence().over.wait_for(lock, kPatience, [] { return silence().is_over; });
    return EAI_AGAIN;
  }
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(host, service, hints, found);
}

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(a_name_that_nobody_answers_does_not_hold_a_call_beyond_its_deadline) {
  BOOST_TEST(failure_of_look_up(std::chrono::milliseconds(50)) == GANTRY_TIMEOUT);
  BOOST_TEST(failure_of_look_up(std::chrono::hours(1), [] { return true; }) == GANTRY_CANCELLED);
  const std::lock_guard lock(silence().mutex);
  silence().is_over = true;
  silence().over.notify_all();
}

BOOST_AUTO_TEST_SUITE_END()

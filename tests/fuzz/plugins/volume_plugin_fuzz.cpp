// Answers of drivers behind Docker's plugin protocol, and the .spec and .json files that lead to
// them: read, or refused as gantry::sdk::Error.
#include <cstdint>
#include <string>

#include "answers.hpp"
#include "endpoint.hpp"
#include "tests/fuzz/check.hpp"
#include "timestamp.hpp"

using namespace volume_docker;
using gantry::sdk::Error;

namespace {

template <class Read>
void read_or_refuse(Read read) {
  try {
    read();
  } catch (const Error& e) {
    FUZZ_CHECK(e.what()[0] != '\0');
    FUZZ_CHECK(e.code() != GANTRY_OK);
  }
}

void check(const Endpoint& endpoint) {
  FUZZ_CHECK(endpoint.socket.empty() != endpoint.host.empty());
  FUZZ_CHECK(endpoint.socket.empty() || endpoint.socket[0] == '/');
  FUZZ_CHECK(endpoint.socket.empty() ? !endpoint.port.empty() : endpoint.port.empty());
  // It becomes a line of a request.
  FUZZ_CHECK(endpoint.host.find_first_of("\r\n") == std::string::npos);
  FUZZ_CHECK(endpoint.url("X.Y").find_first_of("\r\n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_or_refuse([&] { check(parse_spec(text)); });
  read_or_refuse([&] { check(parse_json_spec(text)); });
  for (const unsigned status : {200u, 404u, 500u})
    read_or_refuse([&] { check_reply("VolumeDriver.Get", {status, text}); });
  const Reply reply{200, text};
  read_or_refuse([&] { implements_volumes(reply); });
  read_or_refuse([&] {
    const std::string scope = read_scope(reply);
    FUZZ_CHECK(scope == "local" || scope == "global");
  });
  read_or_refuse([&] { FUZZ_CHECK(read_mountpoint(reply).size() <= text.size()); });
  read_or_refuse([&] { read_volume(reply); });
  read_or_refuse([&] {
    for (const auto& volume : read_volumes(reply)) FUZZ_CHECK(!volume.name.empty());
  });
  if (const auto time = parse_timestamp(text)) FUZZ_CHECK(size >= 20);
  return 0;
}

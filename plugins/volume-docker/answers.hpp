// The answers of Docker's volume plugin protocol. Pure; any thread. What a driver says in "Err"
// comes out as Refused with the driver's own words, nonsense as sdk::Error{GANTRY_INTERNAL}.
#pragma once

#include <gantry/cpp/volume.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volume_docker {

/// The driver answered, and its answer is no.
class Refused : public gantry::sdk::Error {
 public:
  explicit Refused(const std::string& message, int code = GANTRY_INTERNAL)
      : Error(static_cast<gantry_errc>(code), message) {}
};

struct Reply {
  unsigned status = 0;  // of HTTP
  std::string body;
};

/// Throws Refused unless the status is 200 and there is no "Err". Messages are Docker's.
void check_reply(const std::string& method, const Reply& reply);

bool implements_volumes(const Reply& reply);
/// "local" for what is no scope.
std::string read_scope(const Reply& reply);
/// Of Mount and Path; may be empty.
std::string read_mountpoint(const Reply& reply);
/// nullopt: the driver gave no volume.
std::optional<gantry::sdk::VolumeInfo> read_volume(const Reply& reply);
std::vector<gantry::sdk::VolumeInfo> read_volumes(const Reply& reply);

}  // namespace volume_docker

// GET /images/search: asks a registry's index, by the API of version 1 that Docker Hub keeps for
// this. Blocks; any thread.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/domain/filter_args.hpp"
#include "core/images/registry_auth.hpp"
#include "core/images/registry_options.hpp"

namespace gantry::services {

struct FoundImage {
  std::string name, description;
  std::int64_t stars = 0;
  bool official = false;
};

class ImageSearch {
 public:
  struct Request {
    std::string term;            // "redis", "host:5000/redis"
    std::int64_t limit = 0;      // 1 to 100; 0: 25
    domain::FilterArgs filters;  // is-official, is-automated, stars
    images::RegistryAuth auth;
  };

  explicit ImageSearch(const images::RegistryOptions& options) : options_(options) {}
  /// In the index's order. Throws Error{invalid} for a bad limit or filter.
  std::vector<FoundImage> run(const Request& request, const std::stop_token& stop) const;

 private:
  const images::RegistryOptions options_;
};

}  // namespace gantry::services

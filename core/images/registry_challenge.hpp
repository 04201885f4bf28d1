// WWW-Authenticate headers (RFC 9110 §11.6.1): which schemes a registry offers and with what
// parameters. Reads untrusted text; what does not parse is left out. Pure, any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::images {

struct Challenge {
  std::string scheme;                         // lower case: "bearer", "basic"
  std::map<std::string, std::string> params;  // names in lower case

  std::string param(const std::string& name) const {
    const auto it = params.find(name);
    return it == params.end() ? std::string() : it->second;
  }
};

/// One header may carry several challenges.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace gantry::images

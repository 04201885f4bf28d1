#include "core/images/chain_id.hpp"

#include "core/base/digest.hpp"

namespace gantry::images {

std::string chain_id(const std::string& parent, const std::string& diff_id) {
  return parent.empty() ? diff_id : "sha256:" + sha256_hex(parent + " " + diff_id);
}

std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids) {
  std::vector<std::string> ids;
  ids.reserve(diff_ids.size());
  for (const std::string& diff_id : diff_ids)
    ids.push_back(chain_id(ids.empty() ? std::string() : ids.back(), diff_id));
  return ids;
}

}  // namespace gantry::images

// The filters of the container list, prepared once (patterns compiled, images and containers looked
// up) and then asked per container. One thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/domain/pattern.hpp"
#include "core/services/containers/container_list.hpp"

namespace gantry::services {

class ContainerFilter {
 public:
  ContainerFilter(const ContainerWorld& world, const ListOptions& options);

  /// True when stopped containers are asked for by the filters themselves.
  bool implies_all() const { return implies_all_; }
  bool matches(const domain::ContainerRecord& record) const;

 private:
  using Filters = domain::FilterArgs;
  void prepare_names();
  void prepare_status();
  void prepare_exit_codes();
  void prepare_ancestors(const images::ImageStore& images);
  void prepare_times(const ListOptions& options);

  bool name_matches(const domain::ContainerRecord& record) const;
  bool id_matches(const std::string& id) const;
  bool health_matches(const domain::State& state) const;
  bool volume_matches(const domain::ContainerRecord& record) const;
  bool network_matches(const domain::ContainerRecord& record) const;
  bool ports_match(const domain::ContainerRecord& record) const;

  const ContainerWorld& world_;
  const Filters& filters_;
  bool implies_all_ = false;
  std::vector<domain::Pattern> names_;
  std::vector<std::string> plain_names_;  // patterns that are merely text
  std::set<domain::Status> statuses_;
  std::set<int> exit_codes_;
  std::optional<std::set<std::string>> images_;  // ids
  std::set<std::string> published_, exposed_;    // "80/tcp"
  std::set<std::string> networks_;               // names
  UnixNanos created_after_ = 0, created_before_ = INT64_MAX;
};

}  // namespace gantry::services

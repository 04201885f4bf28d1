// "A container is being connected to a network, or taken off one", in the journal: a daemon that
// dies in the middle finds it at boot and makes the container's stack what its record says
// (restore.hpp). Plain values; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/state/journal.hpp"

namespace gantry::services {

inline constexpr std::string_view kMembershipIntent = "network_membership";

struct MembershipIntent {
  std::string network_id;
  std::string interface_name;  // that a connect makes; empty: none
};

std::string to_journal(const MembershipIntent& intent);
MembershipIntent membership_intent_from_journal(std::string document);

inline state::Journal::Change end_membership_intent(const std::string& container_id) {
  return {std::string(kMembershipIntent), container_id, {}};
}

}  // namespace gantry::services

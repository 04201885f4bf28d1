#include "core/services/networks/membership_intent.hpp"

#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {

std::string to_journal(const MembershipIntent& intent) {
  json::Writer w;
  w.begin_object()
      .field("network", intent.network_id)
      .field("interface", intent.interface_name)
      .end_object();
  return w.take();
}

MembershipIntent membership_intent_from_journal(std::string document) {
  const json::Document parsed = json::Document::parse(std::move(document));
  return {parsed.root()["network"].str(), parsed.root()["interface"].str()};
}

}  // namespace gantry::services

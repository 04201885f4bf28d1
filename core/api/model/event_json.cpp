#include "core/api/model/event_json.hpp"

#include "core/json/writer.hpp"

namespace gantry::api {

std::string event_json(const domain::Event& event) {
  json::Writer w;
  w.begin_object();
  // The flat members are older than `Actor`; clients of the first API versions still read them.
  if (event.type == "container" || event.type == "image") {
    w.field("status", event.action);
    if (!event.actor_id.empty()) w.field("id", event.actor_id);
    if (event.type == "container")
      if (const auto image = event.attributes.find("image");
          image != event.attributes.end() && !image->second.empty())
        w.field("from", image->second);
  }
  w.field("Type", event.type).field("Action", event.action);
  w.key("Actor")
      .begin_object()
      .field("ID", event.actor_id)
      .field("Attributes", event.attributes)
      .end_object();
  w.field("scope", "local")
      .field("time", event.time / 1'000'000'000)
      .field("timeNano", event.time)
      .end_object();
  return w.take();
}

}  // namespace gantry::api

#include "core/domain/volume.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {

std::string to_journal(const VolumeRecord& v) {
  json::Writer w;
  w.begin_object()
      .field("name", v.name)
      .field("driver", v.driver)
      .field("scope", v.scope)
      .field("created", v.created)
      .field("anonymous", v.anonymous);
  if (v.labels) w.field("labels", *v.labels);
  if (v.options) w.field("options", *v.options);
  w.end_object();
  return w.take();
}

VolumeRecord volume_from_journal(std::string text) {
  const json::Document document = json::Document::parse(std::move(text));
  const json::Node node = document.root();
  VolumeRecord v;
  v.name = node["name"].str();
  v.driver = node["driver"].str();
  v.scope = node["scope"].str("local");
  v.created = node["created"].i64();
  v.anonymous = node["anonymous"].boolean();
  if (node["labels"]) v.labels = node["labels"].string_map();
  if (node["options"]) v.options = node["options"].string_map();
  return v;
}

}  // namespace gantry::domain

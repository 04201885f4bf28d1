#include "core/domain/fields.hpp"

namespace gantry::domain {
namespace {

/// Go's omitempty: zero, empty string, empty list or map, null.
bool unset(const json::Node& node, FieldType type) {
  if (!node) return true;
  switch (type) {
    case FieldType::string:
      return node.str().empty();
    case FieldType::boolean:
      return !node.boolean();
    case FieldType::integer:
      return node.i64() == 0;
    case FieldType::nullable_boolean:
    case FieldType::nullable_integer:
    case FieldType::object:
      return false;
    case FieldType::string_map:
    case FieldType::object_map:
      if (!node.is_object()) node.fail("must be an object");
      return node.size() == 0;
    default:
      if (!node.is_array()) node.fail("must be an array");
      return node.size() == 0;
  }
}

void copy_objects(const json::Node& node, const Field& field, json::Writer& out) {
  out.begin_array();
  node.each_item([&](json::Node item) {
    out.begin_object();
    copy_fields(item, field.sub, out);
    out.end_object();
  });
  out.end_array();
}

void copy_value(const json::Node& node, const Field& field, json::Writer& out) {
  switch (field.type) {
    case FieldType::string:
      out.str(node.str());
      return;
    case FieldType::boolean:
      out.boolean(node.boolean());
      return;
    case FieldType::integer:
      out.i64(node.i64());
      return;
    case FieldType::nullable_boolean:
      node ? out.boolean(node.boolean()) : out.null();
      return;
    case FieldType::nullable_integer:
      node ? out.i64(node.i64()) : out.null();
      return;
    case FieldType::strings:
      node ? out.strings(node.strings()) : out.null();
      return;
    case FieldType::string_map:
      node ? out.string_map(node.string_map()) : out.null();
      return;
    case FieldType::object:
      if (!node) {
        out.null();
        return;
      }
      out.begin_object();
      copy_fields(node, field.sub, out);
      out.end_object();
      return;
    case FieldType::objects:
      node ? copy_objects(node, field, out) : void(out.null());
      return;
    case FieldType::object_map:
      out.begin_object();
      node.each_member([&](std::string_view key, json::Node value) {
        out.key(key);
        value ? copy_objects(value, field, out) : void(out.null());
      });
      out.end_object();
      return;
    case FieldType::string_lists:
      if (!node) {
        out.null();
        return;
      }
      out.begin_array();
      node.each_item([&](json::Node item) { out.strings(item.strings()); });
      out.end_array();
      return;
  }
}

}  // namespace

void copy_fields(const json::Node& in, std::span<const Field> fields, json::Writer& out,
                 const FieldOverride& override) {
  if (in && !in.is_object()) in.fail("must be an object");
  for (const Field& field : fields) {
    const json::Node node = in[field.name];
    if (override && override(field, out)) continue;
    if (field.omit_when_unset && unset(node, field.type)) continue;
    out.key(field.name);
    copy_value(node, field, out);
  }
}

}  // namespace gantry::domain

// A table-driven copy of one JSON object into another with Docker's field order, types and
// defaults, so that everything a client sends at create comes back from inspect
// (behaviours.md 5.7). Pure; any thread.
#pragma once

#include <functional>
#include <span>

#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {

enum class FieldType {
  string,
  boolean,
  integer,
  nullable_boolean,  // null when not sent
  nullable_integer,
  strings,       // null when not sent, [] when sent empty
  string_map,    // null when not sent
  object,        // of the fields in `sub`; null when not sent
  objects,       // array of such objects; null when not sent
  object_map,    // map to arrays of such objects; {} when not sent
  string_lists,  // array of arrays of strings
};

struct Field {
  const char* name;
  FieldType type;
  bool omit_when_unset = false;  // Go's omitempty
  std::span<const Field> sub{};
};

/// Replaces the value of one field while copying; returns false to copy the sent value.
using FieldOverride = std::function<bool(const Field&, json::Writer&)>;

/// Writes the members of `in` that `fields` names (the caller opens and closes the object). Throws
/// Error{invalid} naming the path of a value of the wrong type.
void copy_fields(const json::Node& in, std::span<const Field> fields, json::Writer& out,
                 const FieldOverride& override = {});

}  // namespace gantry::domain

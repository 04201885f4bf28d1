// Reading the objects of a specification, whose fields are all known: one that is not, or that
// comes twice, is a fault. Texts may be written as numbers, as YAML has them. Private to
// core/devices. Pure; any thread. Errors: Error{invalid} with the place.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/reader.hpp"

namespace gantry::devices {

using Field = std::pair<std::string_view, std::function<void(const json::Node&)>>;

/// Hands each member of `object` to the function of its name, whatever its case. A missing object
/// has no members.
void read_fields(const json::Node& object, std::initializer_list<Field> fields);

std::string text_of(const json::Node& node);
std::vector<std::string> texts_of(const json::Node& node);
/// Decimal, or as text with the prefix of another base: "0666", "0o666", "0x1b6".
std::int64_t integer_of(const json::Node& node);
std::uint32_t unsigned_of(const json::Node& node);

}  // namespace gantry::devices

// JSON documents by RapidJSON: typed access whose errors (GANTRY_INVALID) name the member. The only
// header that includes RapidJSON. Values are views into their Document.
#pragma once

#include <gantry/abi.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::oci {

using Json = rapidjson::Value;
using JsonDocument = rapidjson::Document;
using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

/// `what` names the document in errors. Nesting does not use the stack.
JsonDocument parse_json(std::string_view text, const std::string& what);
JsonDocument parse_object(std::string_view text, const std::string& what);
inline std::string_view view(gantry_bytes bytes) {
  return {bytes.data, static_cast<std::size_t>(bytes.size)};
}

/// Absent and null: nullptr.
const Json* find_member(const Json& object, const char* key);
Json* find_member(Json& object, const char* key);
/// Absent and null: the fallback. Wrong type: GANTRY_INVALID.
std::string text_of(const Json& object, const char* key, const std::string& fallback = {});
std::int64_t number_of(const Json& object, const char* key, std::int64_t fallback = 0);
bool flag_of(const Json& object, const char* key, bool fallback = false);
/// Items of the array called `key`; empty when absent.
std::vector<const Json*> items_of(const Json& object, const char* key);
std::vector<std::string> texts_of(const Json& object, const char* key);
/// The string itself; GANTRY_INVALID naming `what` when it is none.
std::string_view as_text(const Json& value, const char* what);

std::string to_text(const Json& value);
inline void put(JsonWriter& out, std::string_view text) {
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
inline void put_key(JsonWriter& out, std::string_view key) {
  out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}
inline Json copy_text(std::string_view text, JsonDocument::AllocatorType& memory) {
  return Json(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory);
}

}  // namespace gantry::oci

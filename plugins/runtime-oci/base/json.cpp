#include "base/json.hpp"

#include <rapidjson/error/en.h>

#include "base/error.hpp"

namespace gantry::oci {
namespace {

[[noreturn]] void wrong_type(const char* key, const char* wanted) {
  throw Error(GANTRY_INVALID, std::string("\"") + key + "\" is not " + wanted);
}

}  // namespace

JsonDocument parse_json(std::string_view text, const std::string& what) {
  JsonDocument document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError())
    throw Error(GANTRY_INVALID, "invalid JSON in " + what + ": " +
                                    rapidjson::GetParseError_En(document.GetParseError()));
  return document;
}

JsonDocument parse_object(std::string_view text, const std::string& what) {
  JsonDocument document = parse_json(text, what);
  if (!document.IsObject()) throw Error(GANTRY_INVALID, what + " is not a JSON object");
  return document;
}

const Json* find_member(const Json& object, const char* key) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

Json* find_member(Json& object, const char* key) {
  return const_cast<Json*>(find_member(static_cast<const Json&>(object), key));
}

std::string_view as_text(const Json& value, const char* what) {
  if (!value.IsString()) wrong_type(what, "a string");
  return {value.GetString(), value.GetStringLength()};
}

std::string text_of(const Json& object, const char* key, const std::string& fallback) {
  const Json* value = find_member(object, key);
  return value == nullptr ? fallback : std::string(as_text(*value, key));
}

std::int64_t number_of(const Json& object, const char* key, std::int64_t fallback) {
  const Json* value = find_member(object, key);
  if (value == nullptr) return fallback;
  if (!value->IsInt64()) wrong_type(key, "an integer");
  return value->GetInt64();
}

bool flag_of(const Json& object, const char* key, bool fallback) {
  const Json* value = find_member(object, key);
  if (value == nullptr) return fallback;
  if (!value->IsBool()) wrong_type(key, "a boolean");
  return value->GetBool();
}

std::vector<const Json*> items_of(const Json& object, const char* key) {
  std::vector<const Json*> items;
  const Json* value = find_member(object, key);
  if (value == nullptr) return items;
  if (!value->IsArray()) wrong_type(key, "an array");
  items.reserve(value->Size());
  for (const Json& item : value->GetArray()) items.push_back(&item);
  return items;
}

std::vector<std::string> texts_of(const Json& object, const char* key) {
  std::vector<std::string> texts;
  for (const Json* item : items_of(object, key)) texts.emplace_back(as_text(*item, key));
  return texts;
}

std::string to_text(const Json& value) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace gantry::oci

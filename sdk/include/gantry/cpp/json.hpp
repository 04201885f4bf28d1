// The JSON documents that cross the ABI, by RapidJSON (Debian: rapidjson-dev): reading with errors
// instead of RapidJSON's assertions, and a writer. Objects belong to one thread.
#ifndef GANTRY_CPP_JSON_HPP
#define GANTRY_CPP_JSON_HPP

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <gantry/cpp/error.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::sdk {

/// A parsed object. A member of a wrong type throws Error{GANTRY_INVALID} naming it; a missing or
/// null one reads as the fallback.
class Object {
 public:
  /// Throws Error{GANTRY_INVALID} when `text` is not a JSON object. Empty text is an empty object.
  explicit Object(std::string_view text) {
    if (text.empty()) text = "{}";
    // Iterative parsing: depth of the document must not become depth of our stack.
    document_.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    if (document_.HasParseError() || !document_.IsObject())
      throw Error(GANTRY_INVALID, "not a JSON object");
  }

  std::string string(const char* key, const std::string& fallback = {}) const {
    const rapidjson::Value* value = find(key);
    if (!value) return fallback;
    if (!value->IsString()) wrong(key, "a string");
    return text(*value);
  }
  bool boolean(const char* key, bool fallback = false) const {
    const rapidjson::Value* value = find(key);
    if (!value) return fallback;
    if (!value->IsBool()) wrong(key, "a boolean");
    return value->GetBool();
  }
  std::int64_t integer(const char* key, std::int64_t fallback = 0) const {
    const rapidjson::Value* value = find(key);
    if (!value) return fallback;
    if (!value->IsInt64()) wrong(key, "an integer");
    return value->GetInt64();
  }
  std::vector<std::string> strings(const char* key) const {
    std::vector<std::string> values;
    const rapidjson::Value* value = find(key);
    if (!value) return values;
    if (!value->IsArray()) wrong(key, "an array of strings");
    for (const auto& item : value->GetArray()) {
      if (!item.IsString()) wrong(key, "an array of strings");
      values.push_back(text(item));
    }
    return values;
  }
  /// The whole object as strings by key.
  std::map<std::string, std::string> string_map() const { return string_map(document_); }
  /// A nested object likewise; empty when it is missing.
  std::map<std::string, std::string> string_map(const char* key) const {
    const rapidjson::Value* value = find(key);
    if (!value) return {};
    if (!value->IsObject()) wrong(key, "an object");
    return string_map(*value);
  }
  /// An array of objects; `each` gets a const rapidjson::Value& that is an object.
  template <class Each>
  void objects(const char* key, Each each) const {
    const rapidjson::Value* value = find(key);
    if (!value) return;
    if (!value->IsArray()) wrong(key, "an array of objects");
    for (const auto& item : value->GetArray()) {
      if (!item.IsObject()) wrong(key, "an array of objects");
      each(item);
    }
  }

  /// String member of a nested object, "" when missing or of another type.
  static std::string string_in(const rapidjson::Value& object, const char* key) {
    const auto it = object.FindMember(key);
    return it != object.MemberEnd() && it->value.IsString() ? text(it->value) : std::string();
  }

  const rapidjson::Document& document() const { return document_; }

 private:
  static std::map<std::string, std::string> string_map(const rapidjson::Value& object) {
    std::map<std::string, std::string> values;
    for (const auto& member : object.GetObject()) {
      if (!member.value.IsString()) wrong(member.name.GetString(), "a string");
      values[text(member.name)] = text(member.value);
    }
    return values;
  }
  static std::string text(const rapidjson::Value& value) {
    return std::string(value.GetString(), value.GetStringLength());
  }
  const rapidjson::Value* find(const char* key) const {
    const auto it = document_.FindMember(key);
    return it == document_.MemberEnd() || it->value.IsNull() ? nullptr : &it->value;
  }
  [[noreturn]] static void wrong(const char* key, const char* wanted) {
    throw Error(GANTRY_INVALID, std::string("\"") + key + "\" must be " + wanted);
  }

  rapidjson::Document document_;
};

/// Writes one document: JsonWriter w; w.begin().field("a", 1).end(); w.text().
class JsonWriter {
 public:
  JsonWriter() : writer_(buffer_) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin() { return writer_.StartObject(), *this; }
  JsonWriter& end() { return writer_.EndObject(), *this; }
  JsonWriter& begin_array() { return writer_.StartArray(), *this; }
  JsonWriter& end_array() { return writer_.EndArray(), *this; }
  JsonWriter& key(std::string_view name) { return string(name); }
  JsonWriter& string(std::string_view value) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    return *this;
  }
  JsonWriter& integer(std::int64_t value) { return writer_.Int64(value), *this; }
  JsonWriter& boolean(bool value) { return writer_.Bool(value), *this; }
  JsonWriter& field(std::string_view name, std::string_view value) {
    return key(name).string(value);
  }
  JsonWriter& field(std::string_view name, const char* value) { return key(name).string(value); }
  JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }
  JsonWriter& field(std::string_view name, int value) { return key(name).integer(value); }
  JsonWriter& field(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  /// A complete JSON value.
  JsonWriter& raw(std::string_view json) {
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
    return *this;
  }
  std::string_view text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

}  // namespace gantry::sdk

#endif

#include "core/json/reader.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::json {
namespace {

using Value = rapidjson::Value;

const Value& as_value(const void* p) { return *static_cast<const Value*>(p); }

std::string_view view(const Value& v) { return {v.GetString(), v.GetStringLength()}; }

/// Builds the document, but refuses to nest deeper than allowed.
class DepthGuard {
 public:
  DepthGuard(rapidjson::Document& target, unsigned limit) : target_(target), limit_(limit) {}
  bool exceeded() const { return exceeded_; }

  bool Null() { return target_.Null(); }
  bool Bool(bool b) { return target_.Bool(b); }
  bool Int(int i) { return target_.Int(i); }
  bool Uint(unsigned i) { return target_.Uint(i); }
  bool Int64(std::int64_t i) { return target_.Int64(i); }
  bool Uint64(std::uint64_t i) { return target_.Uint64(i); }
  bool Double(double d) { return target_.Double(d); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) {
    return target_.RawNumber(s, n, copy);
  }
  bool String(const char* s, rapidjson::SizeType n, bool copy) {
    return target_.String(s, n, copy);
  }
  bool Key(const char* s, rapidjson::SizeType n, bool copy) { return target_.Key(s, n, copy); }
  bool StartObject() { return enter() && target_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { return leave() && target_.EndObject(n); }
  bool StartArray() { return enter() && target_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { return leave() && target_.EndArray(n); }

 private:
  bool enter() { return ++depth_ <= limit_ || !(exceeded_ = true); }
  bool leave() { return --depth_, true; }

  rapidjson::Document& target_;
  unsigned limit_;
  unsigned depth_ = 0;
  bool exceeded_ = false;
};

[[noreturn]] void fail_parse(const std::string& what) {
  throw Error(Errc::invalid, "invalid JSON: " + what);
}

constexpr std::string_view kBlanks = " \t\r\n";

}  // namespace

struct Document::Impl {
  Impl(std::string t) : text(std::move(t)), pool(std::clamp<size_t>(text.size(), 512, 65536)) {}
  std::string text;  // parsed in place: strings of the document point into it
  rapidjson::MemoryPoolAllocator<> pool;
  rapidjson::Document document{&pool};
};

Document Document::parse(std::string text, Limits limits) {
  if (text.size() > limits.bytes)
    fail_parse("larger than " + std::to_string(limits.bytes) + " bytes");
  if (text.find_first_not_of(kBlanks) == std::string::npos)
    fail_parse("got EOF while reading request body");

  auto impl = std::make_shared<Impl>(std::move(text));
  rapidjson::InsituStringStream stream(impl->text.data());
  rapidjson::ParseResult result;
  bool too_deep = false;
  auto generate = [&](rapidjson::Document& target) {
    DepthGuard guard(target, limits.depth);
    rapidjson::Reader reader;
    // Iterative: hostile nesting must not use up the stack before the guard sees it.
    result = reader.Parse<rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                          rapidjson::kParseFullPrecisionFlag | rapidjson::kParseStopWhenDoneFlag>(
        stream, guard);
    too_deep = guard.exceeded();
    return !result.IsError();
  };
  impl->document.Populate(generate);
  if (too_deep) fail_parse("nested deeper than " + std::to_string(limits.depth) + " levels");
  if (result.IsError()) {
    if (result.Offset() >= impl->text.size()) fail_parse("unexpected EOF");
    fail_parse(std::string(rapidjson::GetParseError_En(result.Code())) + " (at byte " +
               std::to_string(result.Offset()) + ")");
  }
  const std::string_view rest = std::string_view(impl->text).substr(stream.Tell());
  if (rest.find_first_not_of(kBlanks) != std::string_view::npos)
    throw Error(Errc::invalid, "unexpected content after JSON");
  Document document;
  document.impl_ = std::move(impl);
  return document;
}

Node Document::root() const {
  if (!impl_) return {};
  const Value& root = impl_->document;
  return Node(&root, {});
}

bool Node::is_null() const { return value_ != nullptr && as_value(value_).IsNull(); }
bool Node::is_object() const { return value_ != nullptr && as_value(value_).IsObject(); }
bool Node::is_array() const { return value_ != nullptr && as_value(value_).IsArray(); }
bool Node::is_string() const { return value_ != nullptr && as_value(value_).IsString(); }
bool Node::is_number() const { return value_ != nullptr && as_value(value_).IsNumber(); }
bool Node::is_bool() const { return value_ != nullptr && as_value(value_).IsBool(); }

Node Node::operator[](std::string_view key) const {
  std::string path = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  if (!*this) return Node(nullptr, std::move(path));
  if (!is_object()) fail("must be an object");
  const Value& object = as_value(value_);
  // From the back: of a key given twice Go keeps the last.
  for (auto it = object.MemberEnd(); it != object.MemberBegin();)
    if (view((--it)->name) == key) return Node(&it->value, std::move(path));
  for (auto it = object.MemberEnd(); it != object.MemberBegin();)
    if (text::iequals(view((--it)->name), key)) return Node(&it->value, std::move(path));
  return Node(nullptr, std::move(path));
}

Node Node::at(size_t index) const {
  std::string path = path_ + "[" + std::to_string(index) + "]";
  if (!*this) return Node(nullptr, std::move(path));
  if (!is_array()) fail("must be an array");
  const Value& array = as_value(value_);
  if (index >= array.Size()) return Node(nullptr, std::move(path));
  return Node(&array[static_cast<rapidjson::SizeType>(index)], std::move(path));
}

size_t Node::size() const {
  if (!*this) return 0;
  if (is_array()) return as_value(value_).Size();
  if (is_object()) return as_value(value_).MemberCount();
  fail("must be an array or an object");
}

std::optional<std::string> Node::find_str() const {
  if (!*this) return std::nullopt;
  if (!is_string()) fail("must be a string");
  return std::string(view(as_value(value_)));
}

std::optional<std::int64_t> Node::find_i64() const {
  if (!*this) return std::nullopt;
  const Value& v = as_value(value_);
  if (v.IsInt64()) return v.GetInt64();
  if (!v.IsNumber()) fail("must be a number");
  if (v.IsDouble()) fail("must be an integer in the range of 64 bits");
  fail("is out of range");
}

std::optional<bool> Node::find_boolean() const {
  if (!*this) return std::nullopt;
  if (!is_bool()) fail("must be true or false");
  return as_value(value_).GetBool();
}

std::string Node::str(std::string_view fallback) const {
  auto value = find_str();
  return value ? std::move(*value) : std::string(fallback);
}

std::int64_t Node::i64(std::int64_t fallback) const { return find_i64().value_or(fallback); }

std::uint64_t Node::u64(std::uint64_t fallback) const {
  if (!*this) return fallback;
  const Value& v = as_value(value_);
  if (v.IsUint64()) return v.GetUint64();
  if (!v.IsNumber()) fail("must be a number");
  if (v.IsDouble()) fail("must be an integer in the range of 64 bits");
  fail("must not be negative");
}

double Node::number(double fallback) const {
  if (!*this) return fallback;
  if (!is_number()) fail("must be a number");
  return as_value(value_).GetDouble();
}

bool Node::boolean(bool fallback) const { return find_boolean().value_or(fallback); }

std::vector<std::string> Node::strings() const {
  std::vector<std::string> values;
  each_item([&](Node item) {
    if (!item.is_string()) item.fail("must be a string");
    values.push_back(item.str());
  });
  return values;
}

std::map<std::string, std::string> Node::string_map() const {
  std::map<std::string, std::string> values;
  each_member([&](std::string_view key, Node item) { values[std::string(key)] = item.str(); });
  return values;
}

void Node::each_item(const std::function<void(Node)>& fn) const {
  if (!*this) return;
  if (!is_array()) fail("must be an array");
  size_t index = 0;
  for (const Value& item : as_value(value_).GetArray())
    fn(Node(&item, path_ + "[" + std::to_string(index++) + "]"));
}

void Node::each_member(const std::function<void(std::string_view, Node)>& fn) const {
  if (!*this) return;
  if (!is_object()) fail("must be an object");
  for (const auto& member : as_value(value_).GetObject()) {
    const std::string_view name = view(member.name);
    fn(name,
       Node(&member.value, path_.empty() ? std::string(name) : path_ + "." + std::string(name)));
  }
}

std::string Node::raw() const {
  if (value_ == nullptr) return "null";
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  as_value(value_).Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

void Node::fail(std::string_view what) const {
  throw Error(Errc::invalid, (path_.empty() ? "JSON body" : path_) + ": " + std::string(what));
}

}  // namespace gantry::json

#include "core/devices/yaml_json.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "core/base/error.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::devices {
namespace {

constexpr size_t kMaxDepth = 32;
/// Aliases of aliases grow without end, also from a short text.
constexpr size_t kMaxAliasBytes = 4u << 20;

[[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) {
  throw Error(Errc::invalid, "invalid YAML: line " + std::to_string(mark.line + 1) + ": " + what);
}

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// As JSON writes it, so that it can be copied.
bool is_integer(const std::string& text) {
  const size_t first = text.starts_with('-') ? 1 : 0;
  const std::string_view digits = std::string_view(text).substr(first);
  if (digits.empty() || digits.size() > 18 || (digits.front() == '0' && digits != "0"))
    return false;
  return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string scalar_json(const std::string& tag, const std::string& text) {
  if (tag != "?") return json::quote(text);  // in quotes, or of a type that the file names
  if (is_one_of(text, {"true", "True", "TRUE"})) return "true";
  if (is_one_of(text, {"false", "False", "FALSE"})) return "false";
  if (is_integer(text)) return text == "-0" ? "0" : text;
  return json::quote(text);
}

struct Value {
  std::string json;
  size_t height = 0;  // of what nests in it
};

/// An array or object whose end has not come.
struct Open {
  YAML::Mark start;
  YAML::anchor_t anchor = YAML::NullAnchor;
  bool is_map = false;
  std::string text = {};  // of what it has, without its brackets
  size_t height = 1;
  std::optional<std::string> key = {};  // as JSON; its value comes next
  std::set<std::string> keys = {};
  std::vector<std::string> merged = {};  // what "<<" names

  void add(const std::string& json) { (text += text.empty() ? "" : ",") += json; }
};

/// Writes the JSON while the parser goes on: no tree is made of a file that may be a big one.
class JsonMaker : public YAML::EventHandler {
 public:
  std::string take() { return std::move(result_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put({"null"}, anchor, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    put({scalar_json(tag, text)}, anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto value = anchors_.find(anchor);
    if (value == anchors_.end()) fail(mark, "an alias of what it stands in");
    if (open_.size() + value->second.height > kMaxDepth) fail(mark, "nested too deep");
    spend(value->second.json.size(), mark);
    put(value->second, YAML::NullAnchor, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open({mark, anchor});
  }
  void OnSequenceEnd() override {
    const Open list = close();
    put({"[" + list.text + "]", list.height}, list.anchor, list.start);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open({mark, anchor, true});
  }
  void OnMapEnd() override {
    Open map = close();
    for (const std::string& json : map.merged) merge(map, json);
    put({"{" + map.text + "}", map.height}, map.anchor, map.start);
  }

 private:
  void open(Open what) {
    if (open_.size() >= kMaxDepth) fail(what.start, "nested too deep");
    open_.push_back(std::move(what));
  }
  Open close() {
    Open what = std::move(open_.back());
    open_.pop_back();
    return what;
  }

  void spend(size_t bytes, const YAML::Mark& mark) {
    if ((spent_ += bytes) > kMaxAliasBytes) fail(mark, "too long");
  }

  void put(Value value, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != YAML::NullAnchor) {
      spend(value.json.size(), mark);
      anchors_[anchor] = value;
    }
    if (open_.empty()) {
      result_ = std::move(value.json);
      return;
    }
    Open& around = open_.back();
    around.height = std::max(around.height, value.height + 1);
    if (!around.is_map)
      around.add(value.json);
    else if (!around.key)
      put_key(around, value.json, mark);
    else
      put_member(around, value.json);
  }

  static void put_key(Open& map, const std::string& json, const YAML::Mark& mark) {
    if (json == "null" || json.starts_with('{') || json.starts_with('['))
      fail(mark, "a key must be a word");
    map.key = json.starts_with('"') ? json : json::quote(json);
  }

  static void put_member(Open& map, const std::string& json) {
    if (*map.key == R"("<<")") {
      map.merged.push_back(json);
    } else {
      map.add(*map.key + ":" + json);
      map.keys.insert(*map.key);
    }
    map.key.reset();
  }

  /// The members of another map, or of several, that the map does not have yet.
  void merge(Open& map, const std::string& json) {
    spend(json.size(), map.start);
    const json::Document document = json::Document::parse(json);
    const auto add = [&](const json::Node& other) {
      if (!other.is_object()) fail(map.start, "\"<<\" takes a map, or a list of maps");
      other.each_member([&](std::string_view name, const json::Node& value) {
        if (const auto key = json::quote(name); map.keys.insert(key).second)
          map.add(key + ":" + value.raw());
      });
    };
    const json::Node root = document.root();
    root.is_array() ? root.each_item(add) : add(root);
  }

  std::vector<Open> open_;  // innermost last
  std::map<YAML::anchor_t, Value> anchors_;
  size_t spent_ = 0;
  std::string result_ = "null";
};

}  // namespace

std::string yaml_to_json(const std::string& text) {
  try {
    std::istringstream in(text);
    JsonMaker maker;
    YAML::Parser(in).HandleNextDocument(maker);
    return maker.take();
  } catch (const YAML::Exception& error) {
    fail(error.mark, error.msg);
  }
}

}  // namespace gantry::devices

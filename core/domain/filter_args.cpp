#include "core/domain/filter_args.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/pattern.hpp"
#include "core/domain/time_filter.hpp"
#include "core/json/reader.hpp"

namespace gantry::domain {
namespace {

constexpr std::string_view kRegexCharacters = "\\^$.|?*+()[]{}";

bool regex_found(const std::string& pattern, std::string_view value) {
  if (pattern.find_first_of(kRegexCharacters) == std::string::npos)
    return value.find(pattern) != std::string_view::npos;
  const auto expression = Pattern::parse(pattern);
  return expression && expression->found_in(value);  // an invalid one matches nothing, as in Docker
}

}  // namespace

FilterArgs FilterArgs::parse(std::string_view query_value) {
  FilterArgs args;
  if (query_value.empty()) return args;
  try {
    const auto document = json::Document::parse(std::string(query_value));
    document.root().each_member([&](std::string_view key, json::Node values) {
      std::vector<std::string>& list = args.values_[std::string(key)];
      if (values.is_array())
        list = values.strings();
      else
        values.each_member([&](std::string_view value, json::Node on) {
          if (!on.boolean()) args.off_.emplace(key, value);
          list.emplace_back(value);
        });
      args.keys_.emplace_back(key);
    });
  } catch (const Error&) {
    throw Error(Errc::invalid, "invalid filter");
  }
  std::erase_if(args.values_, [](const auto& entry) { return entry.second.empty(); });
  return args;
}

void FilterArgs::add(std::string_view key, const std::string& value) {
  keys_.emplace_back(key);
  values_[std::string(key)].push_back(value);
}

void FilterArgs::allow(const std::vector<std::string_view>& allowed) const {
  for (const std::string& key : keys_)
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
      throw Error(Errc::invalid, "invalid filter '" + key + "'");
}

const std::vector<std::string>& FilterArgs::get(std::string_view key) const {
  static const std::vector<std::string> none;
  const auto it = values_.find(std::string(key));
  return it == values_.end() ? none : it->second;
}

bool FilterArgs::labels_match(const std::map<std::string, std::string>& labels,
                              std::string_view key) const {
  const auto& wanted = get(key);
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& filter) {
    const size_t equals = filter.find('=');
    const auto it = labels.find(filter.substr(0, equals));
    return it != labels.end() &&
           (equals == std::string::npos || it->second == filter.substr(equals + 1));
  });
}

bool FilterArgs::exact_match(std::string_view key, std::string_view value) const {
  const auto& wanted = get(key);
  return wanted.empty() || (std::find(wanted.begin(), wanted.end(), value) != wanted.end() &&
                            is_on(key, std::string(value)));
}

bool FilterArgs::is_on(std::string_view key, const std::string& value) const {
  return off_.count({std::string(key), value}) == 0;
}

bool FilterArgs::match(std::string_view key, std::string_view value) const {
  const auto& wanted = get(key);
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& w) {
           return w == value || regex_found(w, value);
         });
}

UnixNanos FilterArgs::until(std::string_view key) const {
  const auto& values = get(key);
  if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) return 0;
  if (values.empty()) throw Error(Errc::invalid, "invalid filter '" + std::string(key) + "=[]'");
  if (values.size() > 1)
    throw Error(Errc::invalid, "more than one " + std::string(key) + " filter specified");
  const auto time = parse_time_filter(values.front(), now_nanos());
  if (!time)
    throw Error(Errc::invalid,
                "invalid filter '" + std::string(key) + "=[" + values.front() + "]'");
  return *time;
}

bool FilterArgs::boolean(std::string_view key, bool fallback) const {
  if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) return fallback;
  const auto& values = get(key);
  bool is_true = false, is_false = false;
  for (const std::string& value : values) {
    if (!is_on(key, value)) continue;
    const std::string word = text::lower(value);
    is_true |= word == "1" || word == "true" || word == "t";
    is_false |= word == "0" || word == "false" || word == "f";
  }
  if (is_true != is_false) return is_true;
  const std::string shown = values.empty() ? "" : "=[" + text::join(values, " ") + "]";
  throw Error(Errc::invalid, "invalid filter '" + std::string(key) + shown + "'");
}

}  // namespace gantry::domain

#include "core/config/section.hpp"

#include <algorithm>

namespace gantry::config {

namespace {

const char* type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

}  // namespace

void Reading::fault(const toml::source_region& where, std::string what) {
  faults.at(file, where.begin.line, where.begin.column, std::move(what));
}

std::string Reading::place(const toml::source_region& where) const {
  return file + ":" + std::to_string(where.begin.line) + ":" + std::to_string(where.begin.column);
}

std::string Section::path(const std::string& key) const {
  return name_.empty() ? key : name_ + "." + key;
}

const toml::node* Section::take(const char* key) {
  asked_.emplace_back(key);
  return table_ ? table_->get(key) : nullptr;
}

void Section::taken(const char* key, const toml::node& node) {
  reading_.origins[path(key)] = reading_.place(node.source());
}

void Section::wrong_type(const std::string& path, const toml::node& node, const char* wanted) {
  reading_.fault(node.source(), path + " must be " + wanted + ", not " + type_name(node));
}

bool Section::string(const char* key, std::string& target, const Check& check) {
  const toml::node* node = take(key);
  if (!node) return false;
  const auto* value = node->as_string();
  if (!value) {
    wrong_type(path(key), *node, "a string");
    return false;
  }
  if (check) {
    if (const auto fault = check(value->get())) {
      reading_.fault(node->source(), path(key) + ": " + *fault);
      return false;
    }
  }
  target = value->get();
  taken(key, *node);
  return true;
}

bool Section::boolean(const char* key, bool& target) {
  const toml::node* node = take(key);
  if (!node) return false;
  const auto* value = node->as_boolean();
  if (!value) {
    wrong_type(path(key), *node, "a boolean");
    return false;
  }
  target = value->get();
  taken(key, *node);
  return true;
}

bool Section::string_table(const char* key, std::map<std::string, std::string>& target,
                           const PairCheck& check) {
  const toml::node* node = take(key);
  if (!node) return false;
  const auto* table = node->as_table();
  if (!table) {
    wrong_type(path(key), *node, "a table of strings");
    return false;
  }
  std::map<std::string, std::string> values;
  bool good = true;
  for (const auto& [name, item] : *table) {
    const std::string item_path = path(key) + ".\"" + std::string(name.str()) + "\"";
    const auto* value = item.as_string();
    Fault fault;
    if (value && check) fault = check(std::string(name.str()), value->get());
    good = good && value && !fault;
    if (fault)
      reading_.fault(item.source(), item_path + ": " + *fault);
    else if (value)
      values[std::string(name.str())] = value->get();
    else
      wrong_type(item_path, item, "a string");
  }
  if (!good) return false;
  target = std::move(values);
  taken(key, *node);
  return true;
}

bool Section::read_strings(const std::string& path, const toml::node& node,
                           std::vector<std::string>& values, const Check& check) {
  const auto* array = node.as_array();
  if (!array) {
    wrong_type(path, node, "an array of strings");
    return false;
  }
  bool good = true;
  for (size_t i = 0; i < array->size(); ++i) {
    const toml::node& item = *array->get(i);
    const std::string item_path = path + "[" + std::to_string(i) + "]";
    const auto* value = item.as_string();
    if (!value) {
      wrong_type(item_path, item, "a string");
      good = false;
      continue;
    }
    Fault fault;
    if (check) fault = check(value->get());
    if (!fault && std::find(values.begin(), values.end(), value->get()) != values.end())
      fault = "\"" + value->get() + "\" is listed twice";
    if (fault) {
      reading_.fault(item.source(), item_path + ": " + *fault);
      good = false;
    }
    values.push_back(value->get());
  }
  return good;
}

bool Section::strings(const char* key, std::vector<std::string>& target, const Check& check) {
  const toml::node* node = take(key);
  std::vector<std::string> values;
  if (!node || !read_strings(path(key), *node, values, check)) return false;
  target = std::move(values);
  taken(key, *node);
  return true;
}

bool Section::lists(const char* key, std::map<std::string, std::vector<std::string>>& target,
                    const Check& check_name, const Check& check) {
  const toml::node* node = take(key);
  if (!node) return false;
  const auto* table = node->as_table();
  if (!table) {
    wrong_type(path(key), *node, "a table of arrays of strings");
    return false;
  }
  std::map<std::string, std::vector<std::string>> values;
  bool good = true;
  for (const auto& [name, item] : *table) {
    const std::string text(name.str());
    const std::string item_path = path(key) + ".\"" + text + "\"";
    if (const auto fault = check_name(text)) {
      reading_.fault(name.source(), item_path + ": " + *fault);
      good = false;
    }
    if (!read_strings(item_path, item, values[text], check)) good = false;
  }
  if (!good) return false;
  target = std::move(values);
  taken(key, *node);
  return true;
}

bool Section::number(const char* key, unsigned& target, unsigned low, unsigned high) {
  const toml::node* node = take(key);
  if (!node) return false;
  const auto* value = node->as_integer();
  if (!value) {
    wrong_type(path(key), *node, "an integer");
    return false;
  }
  if (value->get() < low || value->get() > high) {
    reading_.fault(node->source(), path(key) + " must be " + std::to_string(low) + " to " +
                                       std::to_string(high) + ", not " +
                                       std::to_string(value->get()));
    return false;
  }
  target = static_cast<unsigned>(value->get());
  taken(key, *node);
  return true;
}

bool Section::choice(const char* key, const std::vector<std::string>& words,
                     const std::function<void(size_t)>& chosen) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "\"" : ", \"") + word + "\"";
  std::string word;
  const bool good = string(key, word, [&](const std::string& text) -> Fault {
    if (std::find(words.begin(), words.end(), text) != words.end()) return std::nullopt;
    return "must be one of " + all + ", not \"" + text + "\"";
  });
  if (good)
    chosen(static_cast<size_t>(std::find(words.begin(), words.end(), word) - words.begin()));
  return good;
}

bool Section::tables(const char* key, const std::function<void(Section&)>& each) {
  const toml::node* node = take(key);
  if (!node) return false;
  const auto* array = node->as_array();
  if (!array) {
    wrong_type(path(key), *node, "an array of tables");
    return false;
  }
  for (size_t i = 0; i < array->size(); ++i) {
    const toml::node& item = *array->get(i);
    const std::string item_path = path(key) + "[" + std::to_string(i) + "]";
    const auto* table = item.as_table();
    if (!table) {
      wrong_type(item_path, item, "a table");
      continue;
    }
    Section section(reading_, table, item_path);
    each(section);
    section.finish();
  }
  taken(key, *node);
  return true;
}

Section Section::section(const char* key) {
  const toml::node* node = take(key);
  const toml::table* table = node ? node->as_table() : nullptr;
  if (node && !table) wrong_type(path(key), *node, "a table");
  return Section(reading_, table, path(key));
}

void Section::each_table(
    const std::function<void(const std::string& key, const toml::table&)>& each) {
  if (!table_) return;
  for (const auto& [key, node] : *table_) {
    asked_.emplace_back(key.str());
    if (const auto* table = node.as_table()) {
      each(asked_.back(), *table);
      reading_.origins[path(asked_.back())] = reading_.place(table->source());
    } else {
      wrong_type(path(asked_.back()), node, "a table");
    }
  }
}

void Section::fault(const char* key, const std::string& what) {
  const toml::node* node = table_ ? table_->get(key) : nullptr;
  const toml::source_region where = node     ? node->source()
                                    : table_ ? table_->source()
                                             : toml::source_region{};
  reading_.fault(where, path(key) + ": " + what);
}

void Section::finish() {
  if (!table_) return;
  for (const auto& [key, node] : *table_) {
    const std::string name(key.str());
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    std::string what = "unknown key \"" + path(name) + "\"";
    const auto nearest = std::min_element(asked_.begin(), asked_.end(),
                                          [&](const std::string& a, const std::string& b) {
                                            return edit_distance(a, name) < edit_distance(b, name);
                                          });
    if (nearest != asked_.end() && edit_distance(*nearest, name) <= 2)
      what += " (did you mean \"" + *nearest + "\"?)";
    reading_.fault(key.source(), what);
  }
}

}  // namespace gantry::config

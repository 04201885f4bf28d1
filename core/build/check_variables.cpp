#include "core/build/check_variables.hpp"

#include <utility>

#include "core/base/error.hpp"
#include "core/build/key_values.hpp"
#include "core/build/raw_words.hpp"
#include "core/build/suggestion.hpp"

namespace gantry::build {
namespace {

// Every image has one, whether or not it says so.
constexpr std::string_view kPath = "PATH";
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Before it changes, what others have as well becomes a copy.
template <typename Shared>
auto& own_copy(Shared& shared, CheckBudget& budget) {
  if (shared.use_count() > 1) {
    budget.spend(shared->size());
    shared = std::make_shared<typename Shared::element_type>(*shared);
  }
  return *shared;
}

}  // namespace

bool CheckedImage::is_known() {
  load();
  return is_known_;
}

bool CheckedImage::has_shell() {
  load();
  return has_shell_;
}

const std::string* CheckedImage::find(std::string_view name) {
  static const std::string path = kDefaultPath;
  if (name == kPath && !is_loaded_) return &path;
  load();
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

void CheckedImage::each_name(const std::function<void(const std::string&)>& visit) {
  load();
  for (const auto& [name, value] : variables_) visit(name);
}

void CheckedImage::load() {
  if (std::exchange(is_loaded_, true)) return;
  variables_.emplace(kPath, kDefaultPath);
  const CheckBasePtr base = find_();
  if (!base) return;
  is_known_ = true;
  has_shell_ = !base->defaults.shell.empty();
  for (const std::string& entry : base->defaults.env) {
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos) variables_[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (const std::string& trigger : base->defaults.on_build) take_trigger(trigger);
}

void CheckedImage::take_trigger(const std::string& text) {
  try {
    const Instruction trigger = parse_instruction(text);
    has_shell_ = has_shell_ || trigger.name == "SHELL";
    if (trigger.name == "ENV")
      for (const auto& [name, value] : raw_key_values(trigger, '\\').pairs)
        variables_[name] = value;
    if (trigger.name == "ARG")
      for (const std::string& word : raw_words(trigger.rest))
        variables_[word.substr(0, word.find('='))];
  } catch (const Error&) {  // the build says so when it comes to it
  }
}

CheckVariables::CheckVariables(std::shared_ptr<CheckedImage> image, CheckBudget& budget)
    : image_(std::move(image)),
      budget_(&budget),
      own_(std::make_shared<std::map<std::string, std::string, std::less<>>>()),
      declared_(std::make_shared<std::set<std::string, std::less<>>>()) {}

std::optional<std::string> CheckVariables::find(std::string_view name) const {
  if (const auto found = own_->find(name); found != own_->end()) return found->second;
  // What only a declaration knows is not worth looking for an image.
  if (declared_->contains(name)) return std::nullopt;
  if (const std::string* value = image_->find(name)) return *value;
  return std::nullopt;
}

bool CheckVariables::is_undefined(const std::string& name) const {
  return !find(name) && !declared_->contains(name) && image_->is_known();
}

std::string CheckVariables::suggestion(const std::string& name) const {
  Suggestion result(name);
  std::size_t count = 0;
  const auto consider = [&](const std::string& other) {
    ++count;
    result.consider(other);
  };
  budget_->spend(Suggestion::cost(name, own_->size()));
  for (const auto& [other, value] : *own_) consider(other);
  image_->each_name(consider);
  budget_->spend(Suggestion::cost(name, count));
  return result.text();
}

void CheckVariables::set(const std::string& name, std::string value) {
  own_copy(own_, *budget_)[name] = std::move(value);
}

void CheckVariables::declare(const std::string& name) {
  own_copy(declared_, *budget_).insert(name);
}

}  // namespace gantry::build

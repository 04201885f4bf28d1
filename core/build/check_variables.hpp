// The variables that an instruction of a stage may name, for checks: those of the image the stage
// begins with, which is looked for when one is missing, and what the stage has set. Copies share
// what they have in common. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/build/check_budget.hpp"
#include "core/build/check_world.hpp"

namespace gantry::build {

/// The image, looked for when somebody asks.
class CheckedImage {
 public:
  using Find = std::function<CheckBasePtr()>;
  explicit CheckedImage(Find find) : find_(std::move(find)) {}

  bool is_known();
  bool has_shell();
  const std::string* find(std::string_view name);
  void each_name(const std::function<void(const std::string&)>& visit);

 private:
  void load();
  /// What triggers of the image do before the stage's own instructions.
  void take_trigger(const std::string& text);

  Find find_;
  bool is_loaded_ = false, is_known_ = false, has_shell_ = false;
  std::map<std::string, std::string, std::less<>> variables_;
};

class CheckVariables {
 public:
  CheckVariables(std::shared_ptr<CheckedImage> image, CheckBudget& budget);

  CheckedImage& image() { return *image_; }
  std::optional<std::string> find(std::string_view name) const;
  /// Whether a use of it is a mistake, in all that is known.
  bool is_undefined(const std::string& name) const;
  /// The name that was meant; empty: nobody knows.
  std::string suggestion(const std::string& name) const;
  void set(const std::string& name, std::string value);
  /// ARG without a value.
  void declare(const std::string& name);

 private:
  std::shared_ptr<CheckedImage> image_;
  CheckBudget* budget_;
  std::shared_ptr<std::map<std::string, std::string, std::less<>>> own_;
  std::shared_ptr<std::set<std::string, std::less<>>> declared_;
};

}  // namespace gantry::build

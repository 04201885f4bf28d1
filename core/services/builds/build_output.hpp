// What a build tells whoever started it. One thread, but for part().
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/check_report.hpp"

namespace gantry::services {

class BuildOutput {
 public:
  virtual ~BuildOutput() = default;

  /// A stage with these instructions begins ("RUN", …). `name`: empty when it is the only one.
  virtual void stage(const std::string& name, const std::vector<std::string>& instructions) = 0;
  struct Step {
    std::size_t number, count;    // 2 of 5
    std::string text;             // "RUN id"
    int line = 0, last_line = 0;  // in the Dockerfile; 0: it is not there
  };
  /// The next instruction begins. Those before it have ended.
  virtual void step(const Step& step) = 0;
  /// Its image was there already.
  virtual void cached() = 0;
  /// "Running in 0123456789ab"
  virtual void note(const std::string& text) = 0;
  virtual void warn(const std::string& text) = 0;
  /// What a check of the Dockerfile has found, before the first step.
  virtual void checked(const build::CheckWarning&) {}
  /// What a command writes: 1 stdout, 2 stderr.
  virtual void command(int stream, std::string_view text) = 0;
  /// A line of a pull.
  virtual void progress(std::string_view object) = 0;
  virtual void built(const std::string& image_id) = 0;
  virtual void tagged(const std::string& name) = 0;

  /// For a stage that runs beside others, on a thread of its own; goes before this one. Null:
  /// nothing can be told of stages side by side.
  virtual std::unique_ptr<BuildOutput> part() { return nullptr; }
  /// The last instruction of a stage has ended. `image_id`: empty for a stage without anything.
  virtual void ended(const std::string& /*image_id*/) {}
  /// Of a part: its stage was stopped, as another one has failed.
  virtual void stopped() {}
  /// Of a part, when no other is under way: the build has failed where it stands.
  virtual void blame() {}
};

}  // namespace gantry::services

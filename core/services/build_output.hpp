// What a build tells its client (behaviours.md 10.6). One thread.
#pragma once

#include <string>
#include <string_view>

#include "core/services/image_progress.hpp"

namespace gantry::services {

class BuildOutput {
 public:
  /// `quiet`: only result() and what a failed command wrote reach the client.
  BuildOutput(ProgressBoard& board, bool quiet) : board_(board), quiet_(quiet) {}

  /// "Step 2/5 : RUN id"
  void step(std::size_t number, std::size_t count, const std::string& text);
  void text(std::string_view text);
  /// " ---> Using cache"
  void note(const std::string& text);
  /// What a command writes: 1 stdout, 2 stderr (shown in red, as Docker does).
  void command(int stream, std::string_view text);
  /// A line of a pull.
  void progress(std::string_view object);
  /// The command has failed: says what it wrote, which a quiet build has kept back.
  void failed();
  void built(const std::string& image_id);
  void tagged(const std::string& name);

 private:
  ProgressBoard& board_;
  const bool quiet_;
  std::string kept_;  // of the running command, its end
};

}  // namespace gantry::services

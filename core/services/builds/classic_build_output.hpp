// The lines of POST /build (behaviours.md 10.6). One thread.
#pragma once

#include <deque>
#include <string>

#include "core/services/builds/build_output.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::services {

class ClassicBuildOutput final : public BuildOutput {
 public:
  /// `quiet`: only the id reaches the client, and all that was said when the build fails.
  ClassicBuildOutput(ProgressBoard& board, bool quiet) : board_(board), quiet_(quiet) {}

  void stage(const std::string&, const std::vector<std::string>&) override {}
  void step(const Step& step) override;
  /// " ---> Using cache"
  void cached() override;
  void note(const std::string& text) override;
  void warn(const std::string& text) override;
  /// stderr is shown in red, as Docker does.
  void command(int stream, std::string_view text) override;
  void progress(std::string_view object) override;
  /// Says what a quiet build has kept back.
  void failed();
  void ended(const std::string& image_id) override;
  void built(const std::string& image_id) override;
  void tagged(const std::string& name) override;

 private:
  void text(std::string_view text);
  void line(std::string line);

  ProgressBoard& board_;
  const bool quiet_;
  std::deque<std::string> kept_;  // lines of a quiet build, the last ones
  std::size_t kept_bytes_ = 0;
};

}  // namespace gantry::services

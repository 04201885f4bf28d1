// The lines of POST /build (behaviours.md 10.6). One thread.
#pragma once

#include "core/services/builds/build_output.hpp"
#include "core/services/images/image_progress.hpp"

namespace gantry::services {

class ClassicBuildOutput final : public BuildOutput {
 public:
  /// `quiet`: only the id and what a failed command wrote reach the client.
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
  /// Says what the command wrote, which a quiet build has kept back.
  void failed() override;
  void ended(const std::string& image_id) override;
  void built(const std::string& image_id) override;
  void tagged(const std::string& name) override;

 private:
  void text(std::string_view text);

  ProgressBoard& board_;
  const bool quiet_;
  std::string kept_;  // of the running command, its end
};

}  // namespace gantry::services

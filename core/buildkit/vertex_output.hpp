// A build's progress as BuildKit tells it: vertices one after the other, with what each writes.
// Stages that run side by side have a part each. One thread, but for part() and beside().
#pragma once

#include <cstdint>
#include <string>

#include "core/buildkit/job.hpp"
#include "core/buildkit/source_error.hpp"
#include "core/services/builds/build_output.hpp"

namespace gantry::buildkit {

class VertexOutput final : public services::BuildOutput {
 public:
  VertexOutput(Job& job, std::stop_token stop) : job_(job), stop_(std::move(stop)) {}

  /// For vertices that are under way at the same time.
  VertexOutput beside() const { return {job_, stop_}; }
  /// The next vertex begins; the one before has ended well.
  void begin(const std::string& name);
  void end();
  /// The vertex under way has failed.
  void fail(const std::string& error);
  /// A part of the vertex: so many of `total` bytes (0: nobody knows) so far.
  void amount(const std::string& id, std::int64_t current, std::int64_t total, bool done);

  /// What checked() points into; outlives this.
  void show_source(const SourceLines& source) { source_ = &source; }

  /// Where the instruction under way is; 0: nobody knows.
  int line() const { return line_; }
  int last_line() const { return last_line_; }

  void stage(const std::string& name, const std::vector<std::string>& instructions) override;
  /// Instructions that only change the configuration are not told of.
  void step(const Step& step) override;
  void cached() override;
  void note(const std::string&) override {}
  void warn(const std::string& text) override;
  /// As a warning of the vertex under way, or the last one: it has read the Dockerfile.
  void checked(const build::CheckWarning& warning) override;
  void command(int stream, std::string_view text) override;
  /// A line of a pull, as a part of the vertex.
  void progress(std::string_view object) override;
  void built(const std::string&) override { end(); }
  void tagged(const std::string&) override {}
  std::unique_ptr<services::BuildOutput> part() override;
  void ended(const std::string&) override { end(); }
  void stopped() override { fail("context canceled"); }
  void blame() override;

 private:
  void post_vertex(bool completed, const std::string& error);

  Job& job_;
  const SourceLines* source_ = nullptr;
  std::size_t shown_ = 0;          // bytes of the source, over all warnings
  VertexOutput* whole_ = nullptr;  // of which this is a part
  const std::stop_token stop_;
  std::string stage_;  // in front of its steps' numbers
  std::size_t step_ = 0, steps_ = 0;
  int line_ = 0, last_line_ = 0;
  struct Vertex {
    std::string digest{}, name{};  // empty: none is under way
    std::int64_t started = 0;      // ns
    bool cached = false;
  };
  Vertex vertex_;
  std::string last_;  // the digest of the one before
};

}  // namespace gantry::buildkit

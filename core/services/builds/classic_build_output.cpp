#include "core/services/builds/classic_build_output.hpp"

#include "core/images/progress.hpp"
#include "core/images/reference.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

// How much of what a quiet build says is kept for when it fails.
constexpr std::size_t kMaxKept = 1u << 20;

}  // namespace

void ClassicBuildOutput::text(std::string_view text) { line(images::stream_line(text)); }

void ClassicBuildOutput::line(std::string line) {
  if (!quiet_) return board_.line(std::move(line));
  kept_bytes_ += line.size();
  kept_.push_back(std::move(line));
  while (kept_bytes_ > kMaxKept) {
    kept_bytes_ -= kept_.front().size();
    kept_.pop_front();
  }
}

void ClassicBuildOutput::step(const Step& step) {
  text("Step " + std::to_string(step.number) + "/" + std::to_string(step.count) + " : " +
       step.text);
  text("\n");
}

void ClassicBuildOutput::cached() { note("Using cache"); }

void ClassicBuildOutput::note(const std::string& about) { text(" ---> " + about + "\n"); }

void ClassicBuildOutput::warn(const std::string& about) { text(about + "\n"); }

void ClassicBuildOutput::command(int stream, std::string_view written) {
  text(stream == 2 ? "\x1b[91m" + std::string(written) + "\x1b[0m" : std::string(written));
}

void ClassicBuildOutput::progress(std::string_view object) { line(std::string(object)); }

void ClassicBuildOutput::failed() {
  for (std::string& kept : kept_) board_.line(std::move(kept));
  kept_.clear();
  kept_bytes_ = 0;
}

void ClassicBuildOutput::ended(const std::string& image_id) {
  if (quiet_ || image_id.empty()) return;
  json::Writer aux(true);
  aux.begin_object().key("aux").begin_object().field("ID", image_id).end_object().end_object();
  board_.line(aux.take());
}

void ClassicBuildOutput::built(const std::string& image_id) {
  if (quiet_) board_.line(images::stream_line(image_id + "\n"));
  text("Successfully built " + images::short_id(image_id) + "\n");
}

void ClassicBuildOutput::tagged(const std::string& name) {
  text("Successfully tagged " + name + "\n");
}

}  // namespace gantry::services

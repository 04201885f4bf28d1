#include "core/services/builds/classic_build_output.hpp"

#include "core/images/progress.hpp"
#include "core/images/reference.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

// How much of a quiet build's failing command is kept for its client.
constexpr std::size_t kMaxKept = 64u << 10;

}  // namespace

void ClassicBuildOutput::text(std::string_view text) {
  if (!quiet_) board_.line(images::stream_line(text));
}

void ClassicBuildOutput::step(const Step& step) {
  kept_.clear();
  text("Step " + std::to_string(step.number) + "/" + std::to_string(step.count) + " : " +
       step.text);
  text("\n");
}

void ClassicBuildOutput::cached() { note("Using cache"); }

void ClassicBuildOutput::note(const std::string& about) { text(" ---> " + about + "\n"); }

void ClassicBuildOutput::warn(const std::string& about) { text(about + "\n"); }

void ClassicBuildOutput::command(int stream, std::string_view written) {
  if (!quiet_) {
    text(stream == 2 ? "\x1b[91m" + std::string(written) + "\x1b[0m" : std::string(written));
    return;
  }
  kept_ += written;
  if (kept_.size() > kMaxKept) kept_.erase(0, kept_.size() - kMaxKept);
}

void ClassicBuildOutput::progress(std::string_view object) {
  if (!quiet_) board_.line(std::string(object));
}

void ClassicBuildOutput::failed() {
  if (quiet_ && !kept_.empty()) board_.line(images::stream_line(kept_));
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

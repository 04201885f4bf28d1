#include "core/buildkit/trace_lines.hpp"

#include <algorithm>
#include <utility>

#include "core/base/digest.hpp"
#include "core/buildkit/proto/control.pb.h"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

// How much of what a quiet build's commands write is kept for its client: the end of it.
constexpr std::size_t kMaxKeptLines = 4u << 20;
constexpr const char* kTrace = "moby.buildkit.trace";

bool is_event(const std::string& text) {
  proto::StatusResponse message;
  return message.ParseFromString(text) && message.vertexes_size() > 0;
}

}  // namespace

TraceLines::TraceLines(Job& job, services::ProgressBoard& board, bool quiet)
    : job_(job), board_(board), quiet_(quiet) {
  job_.status.attach();
  reader_ = std::jthread([this](const std::stop_token& stop) {
    while (auto message = job_.status.next(stop))
      quiet_ ? keep(std::move(*message)) : tell(*message);
    job_.status.detach();
  });
}

void TraceLines::finish(bool failed) {
  reader_.join();
  if (failed)
    for (const Kept& kept : kept_) tell(kept.message);
}

void TraceLines::tell(const std::string& message) {
  json::Writer out(true);
  out.begin_object().field("id", kTrace).field("aux", base64_encode(message)).end_object();
  board_.line(out.take());
}

void TraceLines::keep(std::string message) {
  const bool event = is_event(message);
  if (!event) kept_bytes_ += message.size();
  kept_.push_back({std::move(message), event});
  while (kept_bytes_ > kMaxKeptLines) {
    const auto oldest =
        std::find_if(kept_.begin(), kept_.end(), [](const Kept& kept) { return !kept.is_event; });
    kept_bytes_ -= oldest->message.size();
    kept_.erase(oldest);
  }
}

}  // namespace gantry::buildkit

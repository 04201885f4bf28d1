#include "core/buildkit/vertex_output.hpp"

#include <algorithm>
#include <utility>

#include "core/base/digest.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/buildkit/proto/control.pb.h"
#include "core/buildkit/proto_text.hpp"
#include "core/buildkit/timestamp.hpp"
#include "core/json/reader.hpp"

namespace gantry::buildkit {
namespace {

// Each warning carries the whole text; a client that asks for many excerpts of a large one gets
// some.
constexpr std::size_t kMaxShown = 8u << 20;

bool makes_files(const std::string& instruction) {
  constexpr std::string_view kNames[] = {"from", "run", "copy", "add", "workdir"};
  return std::find(std::begin(kNames), std::end(kNames), text::lower(instruction)) !=
         std::end(kNames);
}

}  // namespace

void VertexOutput::post_vertex(bool completed, const std::string& error) {
  proto::StatusResponse message;
  proto::Vertex& vertex = *message.add_vertexes();
  vertex.set_digest(vertex_.digest);
  vertex.set_name(proto_text(vertex_.name));
  vertex.set_cached(vertex_.cached);
  set_time(vertex.mutable_started(), vertex_.started);
  if (completed) set_time(vertex.mutable_completed(), now_nanos());
  vertex.set_error(proto_text(error));
  job_.status.post_event(message.SerializeAsString());
}

void VertexOutput::begin(const std::string& name) {
  end();
  vertex_ = {.name = name, .started = now_nanos()};
  vertex_.digest = "sha256:" + sha256_hex(job_.ref + " " + std::to_string(job_.next_number()));
  post_vertex(false, {});
}

void VertexOutput::end() {
  if (vertex_.digest.empty()) return;
  post_vertex(true, {});
  last_ = std::exchange(vertex_.digest, {});
}

void VertexOutput::fail(const std::string& error) {
  if (vertex_.digest.empty()) return;
  post_vertex(true, error);
  vertex_.digest.clear();
}

std::unique_ptr<services::BuildOutput> VertexOutput::part() {
  auto part = std::make_unique<VertexOutput>(job_, stop_);
  part->whole_ = this;
  return part;
}

void VertexOutput::blame() {
  whole_->end();
  whole_->vertex_ = std::move(vertex_);
  whole_->line_ = line_;
  whole_->last_line_ = last_line_;
}

void VertexOutput::amount(const std::string& id, std::int64_t current, std::int64_t total,
                          bool done) {
  if (vertex_.digest.empty()) return;
  proto::StatusResponse message;
  proto::VertexStatus& status = *message.add_statuses();
  status.set_id(proto_text(id));
  status.set_vertex(vertex_.digest);
  status.set_current(current);
  status.set_total(total);
  set_time(status.mutable_timestamp(), now_nanos());
  set_time(status.mutable_started(), vertex_.started);
  if (done) set_time(status.mutable_completed(), now_nanos());
  job_.status.post(message.SerializeAsString(), stop_);
}

void VertexOutput::stage(const std::string& name, const std::vector<std::string>& instructions) {
  stage_ = name.empty() ? "" : name + " ";
  step_ = 0;
  steps_ = static_cast<std::size_t>(
      std::count_if(instructions.begin(), instructions.end(), makes_files));
}

void VertexOutput::step(const Step& step) {
  const std::string& text = step.text;
  end();
  line_ = step.line;
  last_line_ = step.last_line;
  if (!makes_files(text.substr(0, text.find(' ')))) return;
  const std::string total = std::to_string(steps_);
  std::string place = std::to_string(++step_);
  if (place.size() < total.size()) place.insert(0, total.size() - place.size(), ' ');
  begin("[" + stage_ + place + "/" + total + "] " + text);
}

void VertexOutput::cached() {
  vertex_.cached = true;
  end();
}

void VertexOutput::warn(const std::string& text) {
  if (!vertex_.digest.empty()) return command(2, text + "\n");
  VertexOutput note = beside();
  note.begin("[internal] " + text);
  note.end();
}

void VertexOutput::checked(const build::CheckWarning& warning) {
  proto::StatusResponse message;
  proto::VertexWarning& told = *message.add_warnings();
  told.set_vertex(vertex_.digest.empty() ? last_ : vertex_.digest);
  told.set_level(1);
  told.set_short_text(warning.short_text());
  told.add_detail(std::string(warning.rule->description));
  told.set_url(warning.rule->url());
  for (int line = warning.line; line > 0 && line <= warning.last_line; ++line) {
    proto::Range& range = *told.add_ranges();
    range.mutable_start()->set_line(line);
    range.mutable_end()->set_line(line);
  }
  if (source_ != nullptr && shown_ + source_->text.size() <= kMaxShown) {
    shown_ += source_->text.size();
    told.mutable_info()->set_filename(proto_text(source_->name));
    told.mutable_info()->set_data(source_->text);
    told.mutable_info()->set_language(kLanguage);
  }
  job_.status.post(message.SerializeAsString(), stop_);
}

void VertexOutput::command(int stream, std::string_view text) {
  if (vertex_.digest.empty()) return;
  proto::StatusResponse message;
  proto::VertexLog& log = *message.add_logs();
  log.set_vertex(vertex_.digest);
  log.set_stream(stream);
  log.set_text(text.data(), text.size());
  set_time(log.mutable_timestamp(), now_nanos());
  job_.status.post(message.SerializeAsString(), stop_);
}

void VertexOutput::progress(std::string_view object) {
  const auto line = json::Document::parse(std::string(object));
  const std::string id = line.root()["id"].str();
  const json::Node detail = line.root()["progressDetail"];
  if (id.empty() || !detail) return;
  const std::string status = line.root()["status"].str();
  amount(id + " " + status, detail["current"].i64(), detail["total"].i64(),
         status == "Pull complete");
}

}  // namespace gantry::buildkit

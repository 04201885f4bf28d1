// Lines of a container, as the host hands them over, and ops that a test cancels.
#pragma once

#include <cstdint>
#include <gantry/cpp/logging.hpp>
#include <string>
#include <vector>

namespace gantry::test {

constexpr std::int64_t kTime = 1'700'000'000'123'456'789;  // 2023-11-14T22:13:20.123456789Z

struct Line {
  std::string text;
  bool is_stderr = false;
  std::uint32_t piece = 0;
  bool last = true;
  std::int64_t time_ns = kTime;
};

/// Owns what the LogLines point to.
class Lines {
 public:
  explicit Lines(std::vector<Line> lines) : lines_(std::move(lines)), raw_(lines_.size()) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const Line& line = lines_[i];
      raw_[i] = {};
      raw_[i].size = sizeof(gantry_log_line);
      raw_[i].stream = line.is_stderr ? 2 : 1;
      raw_[i].last = line.last ? 1 : 0;
      raw_[i].piece = line.piece;
      raw_[i].time_ns = line.time_ns;
      raw_[i].text = sdk::bytes(line.text);
      views_.emplace_back(raw_[i]);
    }
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  operator const std::vector<sdk::LogLine>&() const { return views_; }
  const sdk::LogLine& operator[](std::size_t i) const { return views_[i]; }

 private:
  const std::vector<Line> lines_;
  std::vector<gantry_log_line> raw_;
  std::vector<sdk::LogLine> views_;
};

/// `count` lines of one length: "0…", "1…" and so on.
inline std::vector<Line> long_lines(std::size_t count, std::size_t length) {
  std::vector<Line> lines;
  for (std::size_t i = 0; i < count; ++i) {
    Line line;
    line.text = std::to_string(i) + " ";
    line.text.resize(length, 'x');
    lines.push_back(line);
  }
  return lines;
}

inline sdk::Op no_op() { return sdk::Op(nullptr); }

/// Cancelled from its n-th question on.
class CancelledOp {
 public:
  explicit CancelledOp(int questions) : left_(questions) {
    op_.size = sizeof op_;
    op_.ctx = this;
    op_.cancelled = [](void* self) -> std::int32_t {
      return --static_cast<CancelledOp*>(self)->left_ < 0;
    };
  }
  sdk::Op op() const { return sdk::Op(&op_); }

 private:
  int left_;
  gantry_op op_{};
};

inline sdk::LogSource source() {
  sdk::LogSource source;
  source.id = "0123456789abcdef";
  source.name = "web";
  source.image = "alpine";
  source.image_id = "sha256:aa";
  source.command = "sh -c true";
  source.daemon = "box";
  source.created_at = 1'700'000'000'500'000'000;
  source.tag = "0123456789ab";
  return source;
}

}  // namespace gantry::test

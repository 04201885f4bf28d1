// A small log driver: a line of JSON for each line it takes, in the file "lines" of its state
// directory, and one for each container it is opened for. A file <state>/trouble/<call> makes that
// call fail with its content; trouble/bad makes lines with its content impossible to take; with
// trouble/hang write() waits until it is cancelled or the file is gone, with trouble/stuck for
// ever.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gantry/cpp/logging.hpp>
#include <mutex>
#include <thread>

namespace fs = std::filesystem;
namespace sdk = gantry::sdk;
using sdk::Error;

namespace {

std::string hex(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string digits;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    digits += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return digits;
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return text;
}

}  // namespace

class Memo {
 public:
  explicit Memo(const fs::path& directory) : directory_(directory) {}

  void write(std::string_view text) {
    const std::lock_guard lock(mutex_);
    std::ofstream(directory_ / "lines", std::ios::app) << text << std::endl;
  }
  void trouble(const char* call) const {
    const std::string text = first_line(directory_ / "trouble" / call);
    if (!text.empty()) throw Error(GANTRY_UNAVAILABLE, text);
  }
  std::string bad() const { return first_line(directory_ / "trouble/bad"); }
  bool hangs() const { return fs::exists(directory_ / "trouble/hang"); }
  bool is_stuck() const { return fs::exists(directory_ / "trouble/stuck"); }

 private:
  const fs::path directory_;
  std::mutex mutex_;
};

class MemoStream : public sdk::LogStream {
 public:
  MemoStream(std::shared_ptr<Memo> memo, std::string id)
      : memo_(std::move(memo)), id_(std::move(id)) {}

  void write(const std::vector<sdk::LogLine>& lines, std::uint32_t& taken,
             const sdk::Op& op) override {
    for (bool stuck = memo_->is_stuck(); stuck || memo_->hangs();) {
      if (!stuck) op.throw_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    for (const sdk::LogLine& line : lines) {
      memo_->trouble("write");
      if (const std::string bad = memo_->bad();
          !bad.empty() && line.text().find(bad) != std::string_view::npos)
        throw Error(GANTRY_INTERNAL, "memo: not this one");
      sdk::JsonWriter json;
      json.begin()
          .field("id", id_)
          .field("stderr", line.is_stderr())
          .field("time", line.time_ns())
          .field("text", hex(line.text()))
          .field("piece", static_cast<std::int64_t>(line.piece()))
          .field("last", line.last())
          .end();
      memo_->write(json.text());
      ++taken;
    }
  }

 private:
  const std::shared_ptr<Memo> memo_;
  const std::string id_;
};

class MemoLogging : public sdk::Logging {
 public:
  explicit MemoLogging(const sdk::Host& host) : memo_(std::make_shared<Memo>(host.state_dir())) {}

  void check(const sdk::LogOptions& options) override {
    for (const auto& [name, value] : options)
      if (name != "memo-note")
        throw Error(GANTRY_INVALID, "unknown log opt '" + name + "' for memo log driver");
  }

  std::unique_ptr<sdk::LogStream> open(const sdk::LogSource& source) override {
    memo_->trouble("open");
    sdk::JsonWriter json;
    json.begin().field("opened", source.id).field("name", source.name).field("tag", source.tag);
    json.field("image", source.image).field("command", source.command);
    for (const auto& [name, value] : source.attributes) json.field("attribute " + name, value);
    for (const auto& [name, value] : source.options) json.field("option " + name, value);
    json.end();
    memo_->write(json.text());
    return std::make_unique<MemoStream>(memo_, source.id);
  }

 private:
  const std::shared_ptr<Memo> memo_;
};

GANTRY_PLUGIN(MemoLogging, "log-memo", "A line of JSON for each line")

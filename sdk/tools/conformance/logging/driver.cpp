#include "conformance/logging/driver.hpp"

namespace conformance::logging {

namespace {

constexpr std::uint32_t kUnset = 0xfffffff0;

/// As a host of a later minor version has it: longer than the plugin knows.
struct LaterLine {
  gantry_log_line line;
  std::uint64_t later;
};

LaterLine to_abi(const Line& line, std::int64_t time_ns) {
  LaterLine made{};
  made.line.size = sizeof made;
  made.line.stream = line.stream;
  made.line.last = line.last ? 1 : 0;
  made.line.piece = line.piece;
  made.line.time_ns = time_ns;
  made.line.text = bytes(line.text);
  if (line.text.empty()) made.line.text.data = nullptr;  // the ABI allows it
  made.later = ~std::uint64_t{0};
  return made;
}

}  // namespace

Operation::Operation(std::function<bool()> cancelled)
    : cancelled_(std::move(cancelled)), op_{sizeof(gantry_op), 0,       this,
                                            &Operation::ask,   nullptr, 0} {}

std::int32_t Operation::ask(void* ctx) {
  return static_cast<Operation*>(ctx)->cancelled_() ? 1 : 0;
}

std::string LogDriver::options() const {
  gantry::sdk::JsonWriter writer;
  writer.begin();
  for (const auto& [key, value] : subject_.settings().options) writer.field(key, value);
  writer.end();
  return std::string(writer.text());
}

Outcome LogDriver::check(const std::string& options) const {
  return call("check", table().check, self(), bytes(options));
}

Outcome LogDriver::open(const std::string& id, const std::string& more) const {
  gantry::sdk::JsonWriter writer;
  writer.begin()
      .field("id", id)
      .field("name", "web-" + id.substr(0, 4))
      .field("image", "busybox:latest")
      .field("image_id", "sha256:" + id_of('e'))
      .field("command", "sh -c \"echo hello\"")
      .field("daemon", "box")
      .field("created_at", std::int64_t{1'700'000'000'000'000'000})
      .field("tag", id.substr(0, 12))
      .field("tag_given", false)
      .key("attributes")
      .begin()
      .field("com.example.label", "two\nlines")
      .field("EMPTY", "")
      .end()
      .key("options")
      .raw(options());
  writer.end();
  std::string document(writer.text());
  document.pop_back();
  return open_document(id, document + more + "}");
}

Outcome LogDriver::open_document(const std::string& id, const std::string& document) const {
  return call("open", table().open, self(), id.c_str(), bytes(document));
}

Written LogDriver::write(const std::string& id, const std::vector<Line>& lines,
                         const Operation& op) const {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  std::vector<LaterLine> made;
  for (const Line& line : lines)
    made.push_back(to_abi(line, now + static_cast<std::int64_t>(made.size())));
  std::vector<const gantry_log_line*> pointers;
  for (const LaterLine& line : made) pointers.push_back(&line.line);
  Written written;
  written.taken = kUnset;
  const auto begun = Clock::now();
  written.outcome = call("write", table().write, self(), id.c_str(),
                         static_cast<const gantry_log_line* const*>(pointers.data()),
                         static_cast<std::uint32_t>(pointers.size()),
                         static_cast<const gantry_op*>(op), &written.taken);
  written.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  expect(written.taken != kUnset, "write did not set the number of taken lines");
  expect(written.taken <= lines.size(), "write took more lines than there were");
  expect(written.outcome.status != GANTRY_OK || written.taken == lines.size(),
         "write succeeded, but did not take all lines");
  expect(written.outcome.status == GANTRY_OK || lines.empty() || written.taken < lines.size(),
         "write failed, but took all lines");
  return written;
}

Outcome LogDriver::close(const std::string& id) const {
  const auto begun = Clock::now();
  const Outcome outcome = call("close", table().close, self(), id.c_str());
  // The header says one second; the others are for a slow machine.
  expect(Clock::now() - begun < std::chrono::seconds(4), "close took longer than a second");
  return outcome;
}

void LogDriver::must_take(const std::string& id, const std::vector<Line>& lines) const {
  must("write", write(id, lines).outcome);
}

ScopedStream::ScopedStream(const LogDriver& driver, std::string id)
    : driver_(driver), id_(std::move(id)) {
  must("open", driver_.open(id_));
}

ScopedStream::~ScopedStream() {
  try {
    driver_.close(id_);
  } catch (const std::exception&) {
    // The case has its verdict.
  }
}

bool comes_again(const Outcome& outcome) {
  return outcome.status == GANTRY_UNAVAILABLE || outcome.status == GANTRY_TIMEOUT;
}

}  // namespace conformance::logging

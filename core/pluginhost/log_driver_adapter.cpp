#include <gantry/logging.h>

#include <algorithm>
#include <vector>

#include "core/json/writer.hpp"
#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/adapters.hpp"

namespace gantry::pluginhost {

namespace {

std::string document_of(const LogSource& source) {
  json::Writer writer;
  writer.begin_object()
      .field("id", source.id)
      .field("name", source.name)
      .field("image", source.image)
      .field("image_id", source.image_id)
      .field("command", source.command)
      .field("daemon", source.daemon)
      .field("created_at", source.created_at)
      .field("tag", source.tag)
      .field("tag_given", source.tag_given)
      .field("attributes", source.attributes)
      .field("options", source.options)
      .end_object();
  return writer.take();
}

gantry_log_line to_abi(const LogLine& line) {
  gantry_log_line abi{};
  abi.size = sizeof abi;
  abi.stream = static_cast<std::uint8_t>(line.stream);
  abi.last = line.last ? 1 : 0;
  abi.piece = line.piece;
  abi.time_ns = line.time;
  abi.text = as_bytes(line.text);
  return abi;
}

class LogDriverAdapter final : public LogDriver {
 public:
  LogDriverAdapter(std::string id, const gantry_plugin& plugin)
      : id_(std::move(id)),
        self_(plugin.self),
        table_(*static_cast<const gantry_logging*>(plugin.table)) {}

  void check(const std::map<std::string, std::string>& options) override {
    json::Writer writer;
    writer.string_map(options);
    call(id_, "check", table_.check, self_, as_bytes(writer.text()));
  }

  void begin(const LogSource& source) override {
    const std::string document = document_of(source);
    call(id_, "open", table_.open, self_, source.id.c_str(), as_bytes(document));
  }

  Taken write(const std::string& id, std::span<const LogLine> lines, const Op& op) override {
    std::vector<gantry_log_line> abi(lines.size());
    std::ranges::transform(lines, abi.begin(), to_abi);
    std::vector<const gantry_log_line*> pointers(abi.size());
    std::ranges::transform(abi, pointers.begin(),
                           [](const gantry_log_line& line) { return &line; });
    const auto count = static_cast<std::uint32_t>(lines.size());
    const OpBridge bridge(op);
    Taken taken;
    try {
      call(id_, "write", table_.write, self_, id.c_str(),
           static_cast<const gantry_log_line* const*>(pointers.data()), count, bridge.get(),
           &taken.lines);
      taken.lines = count;
    } catch (const Error& error) {
      taken.lines = std::min(taken.lines, count);
      taken.error = error;
    }
    return taken;
  }

  void end(const std::string& id) override { call(id_, "close", table_.close, self_, id.c_str()); }

 private:
  const std::string id_;
  void* const self_;
  const gantry_logging& table_;
};

}  // namespace

std::unique_ptr<LogDriver> adapt_log_driver(const std::string& id, const gantry_plugin& plugin) {
  return std::make_unique<LogDriverAdapter>(id, plugin);
}

}  // namespace gantry::pluginhost

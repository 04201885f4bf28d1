#include "core/services/processes/exec_note.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

constexpr std::size_t kMaxNote = 4096;

}  // namespace

std::string exec_note(const ExecConfig& config) {
  json::Writer out;
  out.begin_object()
      .field("cmd", config.cmd)
      .field("user", config.user)
      .field("tty", config.tty)
      .field("privileged", config.privileged)
      .field("stdin", config.attach_stdin)
      .field("stdout", config.attach_stdout)
      .field("stderr", config.attach_stderr)
      .field("detach_keys", config.detach_keys)
      .end_object();
  std::string note = out.take();
  return note.size() <= kMaxNote ? note : std::string();
}

ExecConfig config_of_note(const std::string& note) {
  ExecConfig config;
  if (note.empty()) return config;
  try {
    const auto document = json::Document::parse(note);
    const json::Node root = document.root();
    config.cmd = root["cmd"].strings();
    config.user = root["user"].str();
    config.tty = root["tty"].boolean();
    config.privileged = root["privileged"].boolean();
    config.attach_stdin = root["stdin"].boolean();
    config.attach_stdout = root["stdout"].boolean();
    config.attach_stderr = root["stderr"].boolean();
    config.detach_keys = root["detach_keys"].str();
  } catch (const Error& error) {
    log::warn(std::string("what is noted of an exec cannot be read: ") + error.what());
    return {};
  }
  return config;
}

}  // namespace gantry::services

#include "conformance/runtime/container.hpp"

#include <fcntl.h>

namespace conformance {

std::string process_json(const std::vector<std::string>& args) {
  gantry::sdk::JsonWriter writer;
  writer.begin().key("args").begin_array();
  for (const auto& arg : args) writer.string(arg);
  writer.end_array().field("cwd", "/").field("noNewPrivileges", true);
  writer.key("env").begin_array().string("PATH=/usr/sbin:/usr/bin:/sbin:/bin").end_array();
  writer.key("user").begin().field("uid", 0).field("gid", 0).end();
  return std::string(writer.end().text());
}

namespace {

std::string spec_json(const std::vector<std::string>& args) {
  return R"({"ociVersion":"1.0.2","root":{"path":"rootfs"},"hostname":"check","process":)" +
         process_json(args) +
         R"(,"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],)"
         R"("linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]}})";
}

}  // namespace

Container::Container(const RuntimeDriver& runtime, const std::vector<std::string>& args,
                     bool open_stdin)
    : id_(fresh_id()), runtime_(runtime) {
  const Op op;
  Subject& subject = runtime.subject();
  rootfs_ = subject.extension<gantry_ext_rootfs>(GANTRY_EXT_ROOTFS);
  network_ = subject.extension<gantry_ext_network>(GANTRY_EXT_NETWORK);
  try {
    if (rootfs_) {
      chain_ = "sha256:" + fresh_id();
      const Fd layer(::open(subject.settings().layer.c_str(), O_RDONLY | O_CLOEXEC));
      must_object("layer_unpack",
                  ask("layer_unpack", rootfs_->layer_unpack, runtime.self(), chain_.c_str(), "",
                      layer.get(), static_cast<const gantry_op*>(op)));
      must("rootfs create", call("rootfs create", rootfs_->create, runtime.self(), id_.c_str(),
                                 chain_.c_str(), bytes("{}")));
    }
    if (network_)
      must("sandbox_up", call("sandbox_up", network_->sandbox_up, runtime.self(), id_.c_str(),
                              bytes(R"({"mode":"private","endpoints":[]})")));
    log_ = subject.scratch() + "/" + id_ + ".log";
    gantry_container_options options{};
    options.size = sizeof options;
    options.open_stdin = options.stdin_once = open_stdin ? 1 : 0;
    options.log_path = log_.c_str();
    options.log_max_files = 1;
    must("create", runtime.create(id_, spec_json(args), options));
  } catch (...) {
    remove();
    throw;
  }
}
void Container::start() const {
  const auto started = must_object("start", runtime_.start(id_));
  expect(started.integer("started_at") > 0, "start gave no started_at");
}
int Container::wait() const {
  const auto event = runtime_.subject().wait_event("exit", id_);
  expect(event.has_value(), "no exit event came");
  expect(runtime_.status(id_) == "exited", "after its exit event it is " + runtime_.status(id_));
  return event->exit_code;
}

void Container::end_run() const { must("remove", runtime_.remove(id_)); }

void Container::remove() noexcept {
  try {
    const Op op;
    void* self = runtime_.self();
    runtime_.remove(id_);
    if (network_) call("sandbox_down", network_->sandbox_down, self, id_.c_str());
    if (rootfs_) {
      call("rootfs remove", rootfs_->remove, self, id_.c_str(), static_cast<const gantry_op*>(op));
      if (!chain_.empty()) call("layer_remove", rootfs_->layer_remove, self, chain_.c_str());
    }
  } catch (...) {
    // The case has its verdict; cleaning up after a faulty runtime is best effort.
  }
}

}  // namespace conformance

// The plugin as a host sees it: the built runtime-oci.so through its C tables, with a small busybox
// image. Everything lies in a scratch directory; whatever a test leaves is removed at its end.
#pragma once

#include <dlfcn.h>
#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/pause.h>
#include <gantry/ext/rootfs.h>
#include <gantry/ext/top.h>
#include <gantry/logfile.h>
#include <gantry/runtime.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/json.hpp"
#include "scratch.hpp"
#include "tar_builder.hpp"

struct HostEvent {
  std::string kind, container_id, exec_id;
  int exit_code = 0;
  bool oom_killed = false;
  int pid = 0;
};

struct Failed : std::runtime_error {
  Failed(const gantry_error& error)
      : std::runtime_error(error.message), code(error.code), os_errno(error.os_errno) {}
  int code, os_errno;
};

class PluginHarness {
 public:
  explicit PluginHarness(const std::string& directory,
                         const std::string& config = R"({"instance":"7e57"})")
      : state_dir_(directory + "/state"), run_dir_(directory + "/run"), config_(config) {
    for (const std::string& path : {state_dir_, run_dir_}) gantry::oci::make_directory(path);
    const std::string bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const char* given = ::getenv("GANTRY_TEST_PLUGIN");
    const std::string library =
        given != nullptr ? given : bin + "/../lib/gantry/plugins/runtime-oci.so";
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw std::runtime_error(::dlerror());
    entry_ = static_cast<const gantry_plugin_entry_v1*>(::dlsym(handle, GANTRY_ENTRY_SYMBOL));
    load();
  }
  ~PluginHarness() {
    if (plugin_.self == nullptr) load();
    for (const std::string& id : ids("list")) {
      gantry_error error = fresh();
      runtime().remove(self(), id.c_str(), nullptr, &error);
    }
    unload();
  }
  PluginHarness(const PluginHarness&) = delete;
  PluginHarness& operator=(const PluginHarness&) = delete;

  // The daemon ends, or comes back.
  void unload() {
    if (plugin_.self != nullptr) plugin_.destroy(plugin_.self);
    plugin_ = {};
  }
  void load() {
    host_ = {};
    host_.size = sizeof host_;
    host_.ctx = this;
    host_.state_dir = state_dir_.c_str();
    host_.run_dir = run_dir_.c_str();
    host_.config = {config_.data(), config_.size()};
    host_.log = [](void*, int32_t level, const char* text) {
      if (level >= GANTRY_LOG_WARN) std::fprintf(stderr, "plugin: %s\n", text);
    };
    host_.event = [](void* self, const gantry_event* event) {
      static_cast<PluginHarness*>(self)->on_event(*event);
    };
    plugin_ = {};
    plugin_.size = sizeof plugin_;
    gantry_error error = fresh();
    check(entry_->create(0, &host_, &plugin_, &error), error);
  }

  const gantry_runtime& runtime() const {
    return *static_cast<const gantry_runtime*>(plugin_.table);
  }
  template <class Table>
  const Table& extension(const char* id) const {
    return *static_cast<const Table*>(plugin_.extension(plugin_.self, id));
  }
  const gantry_ext_rootfs& rootfs() const {
    return extension<gantry_ext_rootfs>(GANTRY_EXT_ROOTFS);
  }
  const gantry_ext_network& network() const {
    return extension<gantry_ext_network>(GANTRY_EXT_NETWORK);
  }
  const gantry_ext_exec& exec() const { return extension<gantry_ext_exec>(GANTRY_EXT_EXEC); }
  void* self() const { return plugin_.self; }
  const std::string& state_dir() const { return state_dir_; }
  const std::string& run_dir() const { return run_dir_; }

  // Calls f(error) and throws what it reports.
  template <class F>
  static void call(F&& f) {
    gantry_error error = fresh();
    check(f(&error), error);
  }
  // Calls f(sink, error) and gives what it wrote.
  template <class F>
  static std::string ask(F&& f) {
    std::string text;
    gantry_sink sink{};
    sink.size = sizeof sink;
    sink.ctx = &text;
    sink.write = [](void* ctx, const char* data, uint64_t size) {
      static_cast<std::string*>(ctx)->append(data, static_cast<std::size_t>(size));
    };
    call([&](gantry_error* error) { return f(&sink, error); });
    return text;
  }

  // One layer with busybox; its chain id.
  std::string busybox() {
    const std::string chain = "sha256:" + std::string(64, 'b');
    TarBuilder tar;
    tar.file("bin/busybox", gantry::oci::find_text("/bin/busybox").value(), 0755);
    for (const char* name : {"sh", "sleep", "echo", "cat", "true", "false", "id", "httpd", "nc",
                             "ls", "mkdir", "kill", "head", "yes", "dd", "env", "touch", "wget"})
      tar.symlink(std::string("bin/") + name, "busybox");
    for (const char* name : {"proc", "dev", "sys", "etc", "root"}) tar.directory(name);
    tar.directory("tmp", 01777)
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        .file("etc/plain", "text");
    const auto fd = tar.finish();
    ask([&](auto* sink, auto* error) {
      return rootfs().layer_unpack(self(), chain.c_str(), "", fd.get(), nullptr, sink, error);
    });
    return chain;
  }

  static std::string id(int number) {
    char text[65];
    std::snprintf(text, sizeof text, "%064x", 0x10000 + number);
    return text;
  }

  struct Run {
    std::vector<std::string> args;
    bool tty = false, open_stdin = false, stdin_once = false;
    std::string sandbox;                                // "": none is made
    std::string seccomp;                                // annotation
    std::string more_process, more_linux, more_mounts;  // ",…" of JSON
  };

  static std::string list(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
      rapidjson::StringBuffer buffer;
      gantry::oci::JsonWriter writer(buffer);
      gantry::oci::put(writer, text);
      json.append(json.size() > 1 ? "," : "").append(buffer.GetString());
    }
    return json + "]";
  }
  static std::string process(const std::vector<std::string>& args, bool tty,
                             const std::string& more = "") {
    const std::string caps =
        R"(["CAP_CHOWN","CAP_KILL","CAP_SETUID","CAP_SETGID","CAP_NET_BIND_SERVICE","CAP_SYS_RESOURCE"])";
    return R"({"terminal":)" + std::string(tty ? "true" : "false") +
           R"(,"user":{"uid":0,"gid":0},"args":)" + list(args) +
           R"(,"env":["PATH=/bin"],"cwd":"/","capabilities":{"bounding":)" + caps +
           R"(,"effective":)" + caps + R"(,"permitted":)" + caps + "}" + more + "}";
  }
  static std::string spec(const Run& run) {
    return R"({"ociVersion":"1.0.2","process":)" + process(run.args, run.tty, run.more_process) +
           R"(,"root":{"path":"elsewhere","readonly":false},"hostname":"box","mounts":[)"
           R"({"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]},)"
           R"({"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","mode=755","size=65536k"]},)"
           R"({"destination":"/dev/pts","type":"devpts","source":"devpts","options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620"]})" +
           run.more_mounts + R"(],"annotations":{"gantry.seccomp":)" +
           list({run.seccomp}).substr(1, list({run.seccomp}).size() - 2) +
           R"(},"linux":{"resources":{"devices":[{"allow":false,"access":"rwm"},)"
           R"({"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":5,"access":"rwm"},)"
           R"({"allow":true,"type":"c","major":5,"minor":2,"access":"rwm"},{"allow":true,"type":"c","major":136,"access":"rwm"}])" +
           run.more_linux +
           R"(},"namespaces":[{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]}})";
  }

  std::string log_path(const std::string& id) const {
    return run_dir_ + "/" + id.substr(56) + ".log";
  }

  void create(const std::string& id, const Run& run, const std::string& chain) {
    call([&](auto* e) { return rootfs().create(self(), id.c_str(), chain.c_str(), {}, e); });
    if (!run.sandbox.empty())
      call([&](auto* e) {
        return network().sandbox_up(self(), id.c_str(), {run.sandbox.data(), run.sandbox.size()},
                                    e);
      });
    create_again(id, run);
  }
  // On the root that is there.
  void create_again(const std::string& id, const Run& run) {
    const std::string document = spec(run), log = log_path(id);
    gantry_container_options options{};
    options.size = sizeof options;
    options.tty = run.tty;
    options.open_stdin = run.open_stdin;
    options.stdin_once = run.stdin_once;
    options.log_path = log.c_str();
    options.log_max_files = 1;
    call([&](auto* e) {
      return runtime().create(self(), id.c_str(), {document.data(), document.size()}, &options,
                              nullptr, e);
    });
  }
  std::string start(const std::string& id) {
    return ask(
        [&](auto* sink, auto* e) { return runtime().start(self(), id.c_str(), nullptr, sink, e); });
  }
  void remove(const std::string& id) {
    call([&](auto* e) { return runtime().remove(self(), id.c_str(), nullptr, e); });
  }
  void remove_all(const std::string& id) {
    remove(id);
    call([&](auto* e) { return network().sandbox_down(self(), id.c_str(), e); });
    call([&](auto* e) { return rootfs().remove(self(), id.c_str(), nullptr, e); });
  }
  void signal(const std::string& id, int number) {
    call([&](auto* e) { return runtime().signal(self(), id.c_str(), number, 0, e); });
  }
  std::string state(const std::string& id) {
    return ask([&](auto* sink, auto* e) { return runtime().state(self(), id.c_str(), sink, e); });
  }
  std::string status(const std::string& id) {
    return gantry::oci::text_of(gantry::oci::parse_object(state(id), "state"), "status");
  }
  int exec(const std::string& id, const std::string& exec_id, const std::string& process_json,
           const gantry_stream* stream = nullptr, bool open_stdin = false) {
    const std::string result = ask([&](auto* sink, auto* e) {
      return exec().start(self(), id.c_str(), exec_id.c_str(),
                          {process_json.data(), process_json.size()}, stream, open_stdin, nullptr,
                          sink, e);
    });
    return static_cast<int>(
        gantry::oci::number_of(gantry::oci::parse_object(result, "exec"), "pid"));
  }
  std::vector<std::string> ids(const std::string&) {
    const std::string json =
        ask([&](auto* sink, auto* e) { return runtime().list(self(), sink, e); });
    const auto document = gantry::oci::parse_json(json, "list");
    std::vector<std::string> found;
    for (const auto& item : document.GetArray()) found.push_back(gantry::oci::text_of(item, "id"));
    return found;
  }

  // The next event of this kind for this container or exec.
  HostEvent wait_event(const std::string& kind, const std::string& id, int seconds = 20) {
    std::unique_lock lock(mutex_);
    HostEvent found;
    const bool came = changed_.wait_for(lock, std::chrono::seconds(seconds), [&] {
      for (auto at = events_.begin(); at != events_.end(); ++at)
        if (at->kind == kind && (at->container_id == id || at->exec_id == id)) {
          found = *at;
          events_.erase(at);
          return true;
        }
      return false;
    });
    if (!came) throw std::runtime_error("no event " + kind + " for " + id);
    return found;
  }
  bool has_event(const std::string& kind, const std::string& id) {
    const std::lock_guard lock(mutex_);
    for (const HostEvent& event : events_)
      if (event.kind == kind && event.container_id == id) return true;
    return false;
  }

  // Bytes of one stream in the container's log.
  std::string logged(const std::string& id, int stream = 1) const {
    const std::string file = gantry::oci::find_text(log_path(id)).value_or("");
    std::string text;
    for (std::size_t at = 0; at + sizeof(gantry_log_header) <= file.size();) {
      gantry_log_header head;
      std::memcpy(&head, file.data() + at, sizeof head);
      if (head.magic != GANTRY_LOG_MAGIC) throw std::runtime_error("damaged log");
      if (head.stream == stream) text.append(file, at + sizeof head, head.length);
      at += sizeof head + head.length + 4;
    }
    return text;
  }

  static gantry_error fresh() {
    gantry_error error{};
    error.size = sizeof error;
    return error;
  }

 private:
  static void check(gantry_status status, const gantry_error& error) {
    if (status != GANTRY_OK) throw Failed(error);
  }
  void on_event(const gantry_event& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back({event.kind, event.container_id, event.exec_id, event.exit_code,
                       event.oom_killed != 0, event.pid});
    changed_.notify_all();
  }

  std::string state_dir_, run_dir_, config_;
  const gantry_plugin_entry_v1* entry_ = nullptr;
  gantry_host host_{};
  gantry_plugin plugin_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<HostEvent> events_;
};

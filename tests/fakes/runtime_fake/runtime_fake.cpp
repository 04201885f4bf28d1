// runtime-fake: a runtime whose containers exist only in memory, for tests of the host. It behaves
// as a real one does towards the host (threads, events before connections close, containers that
// outlive the daemon). What a process does is in process.hpp.
//
// A container whose spec has the annotation "gantry.fake.fail" = "create" or "start" fails there
// with GANTRY_INTERNAL "fake failure". [plugins.runtime-fake] files = { "/etc/passwd" = "…" } are
// the files that rootfs read_file finds. info() carries {"fake":{"calls":[…]}}: every data plane
// call and its document, in order, for tests to look at.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <gantry/cpp/runtime.hpp>
#include <set>

#include "runtime_fake/files.hpp"
#include "runtime_fake/world.hpp"

namespace fake {

namespace sdk = gantry::sdk;
using sdk::Error;

namespace {

std::vector<std::string> args_of(const rapidjson::Value& process) {
  std::vector<std::string> args;
  const auto it = process.FindMember("args");
  if (it == process.MemberEnd() || !it->value.IsArray()) return args;
  for (const auto& item : it->value.GetArray())
    if (item.IsString()) args.emplace_back(item.GetString(), item.GetStringLength());
  return args;
}

bool terminal_of(const rapidjson::Value& process) {
  const auto it = process.FindMember("terminal");
  return it != process.MemberEnd() && it->value.IsBool() && it->value.GetBool();
}

}  // namespace

class FakeRuntime final : public sdk::Runtime,
                          public sdk::Exec,
                          public sdk::Rootfs,
                          public sdk::DataPlane,
                          public sdk::Pause,
                          public sdk::Archive,
                          public sdk::Stats,
                          public sdk::Update,
                          public sdk::Top {
 public:
  explicit FakeRuntime(const sdk::Host& host)
      : world_(World::of(host.run_dir())), files_(files_of(host)), archive_(files_) {
    world_->listen(host);
  }
  ~FakeRuntime() override { world_->listen(std::nullopt); }

  std::string info() override {
    sdk::JsonWriter writer;
    writer.begin()
        .field("name", "fake")
        .field("version", "1.0")
        .field("path", "")
        .field("cgroup_driver", "none")
        .field("cgroup_version", "2")
        .field("kernel", "fake")
        .field("operating_system", "fake")
        .field("architecture", "x86_64")
        .field("cpus", 1)
        .field("memory_bytes", 1 << 30);
    writer.key("security_options").begin_array().end_array();
    writer.key("warnings").begin_array().end_array();
    writer.key("features").begin();
    for (const char* feature : {"memory_limit", "swap_limit", "cpu_shares", "cpu_cfs_period",
                                "cpu_cfs_quota", "cpuset", "pids_limit", "ipv4_forwarding"})
      writer.field(feature, true);
    writer.field("oom_kill_disable", false).end();
    writer.key("fake").begin().key("calls").begin_array();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& call : calls_) writer.string(call);
    }
    writer.end_array().end().end();
    return std::string(writer.text());
  }

  void create(const std::string& id, std::string_view spec, const gantry_container_options& options,
              const sdk::Op& op) override {
    op.throw_if_cancelled();
    const sdk::Object document(spec);
    std::string fail;
    const auto annotations = document.document().FindMember("annotations");
    if (annotations != document.document().MemberEnd() && annotations->value.IsObject())
      fail = sdk::Object::string_in(annotations->value, "gantry.fake.fail");
    if (fail == "create") throw Error(GANTRY_INTERNAL, "fake failure");
    Process::Options process;
    const auto it = document.document().FindMember("process");
    if (it != document.document().MemberEnd() && it->value.IsObject())
      process.args = args_of(it->value);
    process.tty = options.tty != 0;
    process.open_stdin = options.open_stdin != 0;
    process.stdin_once = options.stdin_once != 0;
    process.log_path = options.log_path;
    world_->create(id, std::move(process));
    const std::lock_guard lock(mutex_);
    if (fail == "start") fail_start_.insert(id);
  }

  void attach(const std::string& id, const gantry_stream& stream) override {
    world_->process(id)->attach(stream);
  }

  sdk::Started start(const std::string& id, const sdk::Op& op) override {
    op.throw_if_cancelled();
    {
      const std::lock_guard lock(mutex_);
      if (fail_start_.count(id)) throw Error(GANTRY_INTERNAL, "fake failure");
    }
    return world_->start(id);
  }

  void signal(const std::string& id, int signal, bool) override {
    if (world_->state(id).status == "exited" || world_->state(id).status == "created")
      throw Error(GANTRY_CONFLICT, "container is not running");
    world_->process(id)->signal(signal);
  }
  void resize(const std::string& id, std::uint32_t, std::uint32_t) override { world_->state(id); }
  void remove(const std::string& id, const sdk::Op&) override {
    world_->remove(id);
    const std::lock_guard lock(mutex_);
    fail_start_.erase(id);
    pids_limits_.erase(id);
  }
  sdk::ContainerState state(const std::string& id) override { return world_->state(id); }
  std::vector<sdk::ContainerState> list() override { return world_->list(); }

  int exec_start(const std::string& id, const std::string& exec_id, std::string_view process,
                 const gantry_stream* stream, bool open_stdin, const sdk::Op& op) override {
    op.throw_if_cancelled();
    const sdk::Object document(process);
    Process::Options options;
    options.args = args_of(document.document());
    options.tty = terminal_of(document.document());
    options.open_stdin = open_stdin;
    options.stdin_once = true;
    return world_->exec_start(id, exec_id, std::move(options), stream, document.string("note"));
  }
  void exec_resize(const std::string& id, const std::string& exec_id, std::uint32_t,
                   std::uint32_t) override {
    world_->exec_process(id, exec_id);
  }
  void exec_signal(const std::string& id, const std::string& exec_id, int signal) override {
    world_->exec_process(id, exec_id)->signal(signal);
  }
  std::vector<sdk::ExecInfo> exec_list(const std::string& id) override {
    return world_->exec_list(id);
  }

  std::int64_t layer_unpack(const std::string& chain_id, const std::string& parent, int fd,
                            const sdk::Op& op) override {
    std::int64_t size = 0;
    std::array<char, 65536> buffer;
    for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0; size += n)
      op.throw_if_cancelled();
    const std::lock_guard lock(mutex_);
    if (!parent.empty() && !layers_.count(parent))
      throw Error(GANTRY_NOT_FOUND, "no layer " + parent);
    return layers_.emplace(chain_id, size).first->second;
  }
  std::int64_t layer_size(const std::string& chain_id) override {
    const std::lock_guard lock(mutex_);
    const auto it = layers_.find(chain_id);
    if (it == layers_.end()) throw Error(GANTRY_NOT_FOUND, "no layer " + chain_id);
    return it->second;
  }
  void layer_remove(const std::string& chain_id) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, chain] : roots_)
      if (chain == chain_id) throw Error(GANTRY_CONFLICT, "layer is in use by container " + id);
    layers_.erase(chain_id);
  }
  std::vector<std::string> layer_list() override { return keys(layers_); }

  void rootfs_create(const std::string& id, const std::string& chain_id,
                     std::string_view options) override {
    if (options != "{}") note("rootfs_create", options);
    const std::lock_guard lock(mutex_);
    if (!chain_id.empty() && !layers_.count(chain_id))
      throw Error(GANTRY_NOT_FOUND, "no layer " + chain_id);
    roots_[id] = chain_id;
  }
  void rootfs_remove(const std::string& id, const sdk::Op&) override {
    archive_.remove(id);
    const std::lock_guard lock(mutex_);
    roots_.erase(id);
  }
  std::string rootfs_usage(const std::string& id) override {
    need_root(id);
    return R"({"rw":0,"total":0})";
  }
  std::vector<std::string> rootfs_list() override { return keys(roots_); }
  std::string rootfs_read_file(const std::string& id, const std::string& path,
                               std::uint64_t max_bytes) override {
    need_root(id);
    const auto it = files_.find(path);
    if (it == files_.end()) throw Error(GANTRY_NOT_FOUND, path + ": no such file");
    return it->second.substr(0, max_bytes);
  }
  std::string rootfs_describe(const std::string& id) override {
    need_root(id);
    return R"({"name":"fake","data":{}})";
  }

  void network_up(std::string_view network) override { note("network_up", network); }
  void network_down(std::string_view network) override { note("network_down", network); }
  std::vector<std::string> used_subnets() override { return {}; }
  void sandbox_up(const std::string& id, std::string_view sandbox) override {
    note("sandbox_up " + id, sandbox);
  }
  void sandbox_down(const std::string& id) override { note("sandbox_down " + id, ""); }
  void endpoint_up(const std::string& id, std::string_view endpoint) override {
    note("endpoint_up " + id, endpoint);
  }
  void endpoint_down(const std::string& id, std::string_view endpoint) override {
    note("endpoint_down " + id, endpoint);
  }
  std::string publish(const std::string& id, std::string_view ports) override {
    note("publish " + id, ports);
    rapidjson::Document document;
    document.Parse(ports.data(), ports.size());
    if (document.HasParseError() || !document.IsArray())
      throw Error(GANTRY_INVALID, "ports must be an array");
    // Nothing listens, so any number will do for "any free one".
    for (auto& port : document.GetArray())
      if (port["host_port"].GetInt() == 0) port["host_port"].SetInt(49152 + next_port_++ % 16384);
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    document.Accept(writer);
    return buffer.GetString();
  }
  void unpublish(const std::string& id) override { note("unpublish " + id, ""); }

  void pause(const std::string& id) override { world_->set_paused(id, true); }
  void resume(const std::string& id) override { world_->set_paused(id, false); }

  void export_root(const std::string& id, int fd, const sdk::Op& op) override {
    need_root(id);
    op.throw_if_cancelled();
    const std::string empty_tar(1024, '\0');
    if (::write(fd, empty_tar.data(), empty_tar.size()) < 0) throw sdk::os_error("write");
  }
  std::string archive_stat(const std::string& id, std::string_view request) override {
    need_root(id);
    return archive_.stat(id, request);
  }
  void archive_get(const std::string& id, std::string_view request, int fd,
                   const sdk::Op& op) override {
    need_root(id);
    archive_.get(id, request, fd, op);
  }
  void archive_put(const std::string& id, std::string_view request, int fd,
                   const sdk::Op& op) override {
    need_root(id);
    archive_.put(id, request, fd, op);
  }
  std::string changes(const std::string& id, const sdk::Op&) override {
    need_root(id);
    return archive_.changes(id);
  }
  void diff(const std::string& id, int fd, const sdk::Op& op) override {
    archive_get(id, R"({"path":"/","name":""})", fd, op);
  }

  std::string sample(const std::string& id) override {
    need_running(id);
    const std::lock_guard lock(mutex_);
    return R"({"cpu":{"total":1000000,"kernel":400000,"user":600000,"system":9000000,"online":1},)"
           R"("memory":{"usage":4096,"limit":1073741824,"stats":{"inactive_file":1024}},)"
           R"("pids":{"current":1,"limit":)" +
           std::to_string(pids_limits_[id]) + "}," +
           R"("networks":{"eth0":{"rx_bytes":1,"rx_packets":2,"rx_errors":0,"rx_dropped":0,)"
           R"("tx_bytes":3,"tx_packets":4,"tx_errors":0,"tx_dropped":0}}})";
  }
  void update(const std::string& id, std::string_view resources) override {
    need_running(id);
    const sdk::Object document(resources);
    const auto memory = document.document().FindMember("memory");
    if (memory != document.document().MemberEnd() && memory->value.HasMember("limit") &&
        memory->value["limit"].GetInt64() == 666)
      throw Error(GANTRY_INVALID, "fake failure");
    const auto pids = document.document().FindMember("pids");
    if (pids != document.document().MemberEnd() && pids->value.HasMember("limit")) {
      const std::lock_guard lock(mutex_);
      pids_limits_[id] = pids->value["limit"].GetInt64();
    }
    note("update " + id, resources);
  }

  std::vector<int> pids(const std::string& id) override {
    std::vector<int> pids;
    const auto state = world_->state(id);
    if (state.pid != 0) pids.push_back(state.pid);
    for (const auto& exec : world_->exec_list(id))
      if (exec.running) pids.push_back(exec.pid);
    return pids;
  }

 private:
  void note(const std::string& call, std::string_view document) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(document.empty() ? call : call + " " + std::string(document));
  }
  static std::map<std::string, std::string> files_of(const sdk::Host& host) {
    std::map<std::string, std::string> files{{"/bin/sh", std::string(3000, 's')}};
    const sdk::Object config(host.config());
    const auto it = config.document().FindMember("files");
    if (it != config.document().MemberEnd() && it->value.IsObject())
      for (const auto& file : it->value.GetObject())
        files[file.name.GetString()] = file.value.IsString() ? file.value.GetString() : "";
    return files;
  }
  void need_running(const std::string& id) {
    const std::string status = world_->state(id).status;
    if (status != "running" && status != "paused")
      throw Error(GANTRY_CONFLICT, "container " + id + " is not running");
  }
  void need_root(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (!roots_.count(id)) throw Error(GANTRY_NOT_FOUND, "no root of container " + id);
  }
  template <class Map>
  std::vector<std::string> keys(const Map& map) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> keys;
    for (const auto& [key, value] : map) keys.push_back(key);
    return keys;
  }

  const std::shared_ptr<World> world_;
  const std::map<std::string, std::string> files_;
  Files archive_;
  std::mutex mutex_;
  std::set<std::string> fail_start_;
  std::map<std::string, std::int64_t> pids_limits_;  // by container
  std::map<std::string, std::int64_t> layers_;
  std::map<std::string, std::string> roots_;  // container → chain id
  std::vector<std::string> calls_;
  std::atomic<int> next_port_{0};
};

}  // namespace fake

GANTRY_PLUGIN(fake::FakeRuntime, "runtime-fake", "Containers in memory, for tests")

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "conformance/runtime/driver.hpp"

namespace conformance {

namespace {

/// A file that holds the end of a tar archive and nothing else: an empty layer.
class EmptyTar {
 public:
  explicit EmptyTar(const std::string& directory) : path_(directory + "/empty.tar") {
    std::ofstream(path_, std::ios::binary) << std::string(1024, '\0');
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) throw Failure("cannot write " + path_);
  }
  EmptyTar(const EmptyTar&) = delete;
  EmptyTar& operator=(const EmptyTar&) = delete;
  ~EmptyTar() { ::close(fd_); }
  int fd() const { return fd_; }

 private:
  std::string path_;
  int fd_ = -1;
};

void run_rootfs(const RuntimeDriver& runtime, const gantry_ext_rootfs& rootfs, Report& report) {
  void* self = runtime.self();
  const Op op;
  const gantry_op* never = op;
  const std::string chain = "sha256:" + fresh_id();
  report.run("rootfs: an unknown layer is not found, and removing it succeeds", [&] {
    must("layer_stat", ask("layer_stat", rootfs.layer_stat, self, chain.c_str()), GANTRY_NOT_FOUND);
    must("layer_remove", call("layer_remove", rootfs.layer_remove, self, chain.c_str()));
  });
  report.run("rootfs: a layer is unpacked once, used by a container, and removed", [&] {
    const std::string id = fresh_id();
    for (int i = 0; i < 2; ++i) {
      const EmptyTar tar(runtime.subject().scratch());
      must_object("layer_unpack", ask("layer_unpack", rootfs.layer_unpack, self, chain.c_str(), "",
                                      tar.fd(), never));
    }
    must_object("layer_stat", ask("layer_stat", rootfs.layer_stat, self, chain.c_str()));
    must("create",
         call("rootfs create", rootfs.create, self, id.c_str(), chain.c_str(), bytes("{}")));
    must("layer_remove", call("layer_remove", rootfs.layer_remove, self, chain.c_str()),
         GANTRY_CONFLICT);
    must_object("usage", ask("usage", rootfs.usage, self, id.c_str()));
    must_object("describe", ask("describe", rootfs.describe, self, id.c_str()));
    must("read_file",
         ask("read_file", rootfs.read_file, self, id.c_str(), "/no/such/file", std::uint64_t{100}),
         GANTRY_NOT_FOUND);
    must("remove", call("rootfs remove", rootfs.remove, self, id.c_str(), never));
    must("remove", call("rootfs remove", rootfs.remove, self, id.c_str(), never));
    must("layer_remove", call("layer_remove", rootfs.layer_remove, self, chain.c_str()));
    must("layer_stat", ask("layer_stat", rootfs.layer_stat, self, chain.c_str()), GANTRY_NOT_FOUND);
  });
  report.run("rootfs: a size limits a root or is refused, and leaves nothing", [&] {
    const auto info = must_object("info", runtime.info());
    const auto& features = info.document()["features"];
    const auto feature = features.FindMember("root_size");
    if (feature == features.MemberEnd() || !feature->value.IsTrue()) return;
    const std::string id = fresh_id();
    const Outcome made =
        call("rootfs create", rootfs.create, self, id.c_str(), "", bytes(R"({"size":1073741824})"));
    if (made.status != GANTRY_OK) must("rootfs create", made, GANTRY_INVALID);
    must("remove", call("rootfs remove", rootfs.remove, self, id.c_str(), never));
    must("usage", ask("usage", rootfs.usage, self, id.c_str()), GANTRY_NOT_FOUND);
  });
}

void run_data_plane(const RuntimeDriver& runtime, const gantry_ext_network& network,
                    Report& report) {
  void* self = runtime.self();
  report.run("network: subnets in use are an array of strings", [&] {
    must_array("used_subnets", ask("used_subnets", network.used_subnets, self)).strings("items");
  });
  report.run("network: what is not there is taken down with success", [&] {
    const std::string id = fresh_id();
    must("sandbox_down", call("sandbox_down", network.sandbox_down, self, id.c_str()));
    if (network.unpublish)
      must("unpublish", call("unpublish", network.unpublish, self, id.c_str()));
  });
  report.run("network: ports are published and unpublished, or neither", [&] {
    expect((network.publish == nullptr) == (network.unpublish == nullptr),
           "publish and unpublish belong together");
  });
}

void run_exec(const RuntimeDriver& runtime, const gantry_ext_exec& exec, Report& report) {
  void* self = runtime.self();
  report.run("exec: a container nobody created is not found", [&] {
    const Op op;
    const std::string id = fresh_id(), exec_id = fresh_id();
    must("exec start",
         ask("exec start", exec.start, self, id.c_str(), exec_id.c_str(),
             bytes(R"({"args":["/bin/true"],"cwd":"/"})"), nullptr, 0u,
             static_cast<const gantry_op*>(op)),
         GANTRY_NOT_FOUND);
    must("exec list", ask("exec list", exec.list, self, id.c_str()), GANTRY_NOT_FOUND);
  });
}

}  // namespace

void run_runtime_extensions(const RuntimeDriver& runtime, Report& report) {
  Subject& subject = runtime.subject();
  const auto* rootfs = subject.extension<gantry_ext_rootfs>(GANTRY_EXT_ROOTFS);
  const auto* network = subject.extension<gantry_ext_network>(GANTRY_EXT_NETWORK);
  report.run("it has what the engine cannot do without", [&] {
    expect(rootfs, "the engine needs " GANTRY_EXT_ROOTFS ": without it it does not start");
    expect(network, "the engine needs " GANTRY_EXT_NETWORK
                    ": without it no container starts, whatever its network");
  });
  if (rootfs) run_rootfs(runtime, *rootfs, report);
  if (network) run_data_plane(runtime, *network, report);
  if (const auto* table = subject.extension<gantry_ext_exec>(GANTRY_EXT_EXEC))
    run_exec(runtime, *table, report);
}

}  // namespace conformance

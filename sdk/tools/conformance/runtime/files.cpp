// The archive extension: a container's files, while it runs and when it does not.
#include <gantry/ext/archive.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <thread>

#include "conformance/runtime/container.hpp"

namespace conformance {

namespace {

std::string request(const std::string& path, const std::string& name = {},
                    const std::string& more = {}) {
  return R"({"path":")" + path + R"(","name":")" + name + R"(","mounts":[])" + more + "}";
}

class Files {
 public:
  Files(const RuntimeDriver& runtime, const gantry_ext_archive& table, const std::string& id)
      : self_(runtime.self()), table_(table), id_(id) {}

  Outcome stat(const std::string& path, bool follow = false) const {
    return ask("archive stat", table_.stat, self_, id_.c_str(),
               bytes(request(path, {}, follow ? R"(,"follow":true)" : "")));
  }
  std::int64_t size(const std::string& path) const {
    return must_object("archive stat", stat(path, true)).integer("size");
  }
  /// The tar that `get` writes.
  std::string get(const std::string& path, const std::string& name) const {
    const std::array<int, 2> fds = make_socket_pair();
    const Fd ours(fds[0]);
    Fd theirs(fds[1]);
    std::string tar;
    std::thread reader([&] {
      char buffer[65536];
      for (ssize_t n; (n = ::read(ours.get(), buffer, sizeof buffer)) > 0;)
        tar.append(buffer, static_cast<size_t>(n));
    });
    const Op op;
    const std::string text = request(path, name);
    Outcome outcome = call("archive get", table_.get, self_, id_.c_str(), bytes(text),
                           std::int32_t{theirs.get()}, static_cast<const gantry_op*>(op));
    theirs.close();
    reader.join();
    must("archive get", outcome);
    return tar;
  }
  Outcome put(const std::string& path, const std::string& tar, const std::string& more = {},
              bool cancelled = false) const {
    const std::array<int, 2> fds = make_socket_pair();
    Fd ours(fds[0]);
    const Fd theirs(fds[1]);
    std::thread writer([&] {
      for (size_t done = 0; done < tar.size();) {
        const ssize_t n = ::send(ours.get(), tar.data() + done, tar.size() - done, MSG_NOSIGNAL);
        if (n < 0) break;  // it does not want more
        done += static_cast<size_t>(n);
      }
      ours.close();
    });
    const Op op(cancelled);
    const std::string text = request(path, {}, more);
    const Outcome outcome = call("archive put", table_.put, self_, id_.c_str(), bytes(text),
                                 std::int32_t{theirs.get()}, static_cast<const gantry_op*>(op));
    ::shutdown(theirs.get(), SHUT_RDWR);
    writer.join();
    return outcome;
  }

 private:
  void* self_;
  const gantry_ext_archive& table_;
  const std::string id_;
};

void check_copies(const Files& files) {
  const auto root = must_object("archive stat", files.stat("/"));
  expect((root.integer("mode") & 0170000) == 0040000, "the root is no directory");
  expect(root.string("path") == "/", "the root has another path");
  must("archive stat", files.stat("/no/such/file"), GANTRY_NOT_FOUND);
  expect(files.size("/../../bin/sh") == files.size("/bin/sh"), "\"..\" left the root");
  const std::string real = must_object("archive stat", files.stat("/bin/sh", true)).string("path");
  const std::string tar = files.get(real, "copied");
  expect(tar.size() > static_cast<size_t>(files.size("/bin/sh")), "the tar is too short");
  must("archive put", files.put("/", tar));
  expect(files.size("/copied") == files.size("/bin/sh"), "the copy has another size");
  must("archive put into a file", files.put("/copied", tar), GANTRY_INVALID);
  must("archive put into nothing", files.put("/no/such/directory", tar), GANTRY_NOT_FOUND);
}

void check_hostile(const Files& files) {
  const std::string real = must_object("archive stat", files.stat("/bin/sh", true)).string("path");
  must("archive put", files.put("/", files.get(real, "../escaped")), GANTRY_INVALID);
  must("archive stat", files.stat("/escaped"), GANTRY_NOT_FOUND);
  must("archive put", files.put("/", std::string(4096, 'x')), GANTRY_INVALID);
  const std::string tar = files.get(real, "cut");
  must("archive put", files.put("/", tar.substr(0, tar.size() / 2)), GANTRY_INVALID);
  must("archive put", files.put("/", tar, {}, true), GANTRY_CANCELLED);
  must("archive put", files.put("/", files.get(real, "bin"), R"(,"keep_kinds":true)"),
       GANTRY_INVALID);
  expect(files.size("/bin/sh") > 0, "the directory is gone");
}

void check_changes(const RuntimeDriver& runtime, const gantry_ext_archive& table,
                   const std::string& id) {
  const Op op;
  bool added = false;
  std::string last;
  const auto changes = must_array("changes", ask("changes", table.changes, runtime.self(),
                                                 id.c_str(), static_cast<const gantry_op*>(op)));
  changes.objects("items", [&](const rapidjson::Value& item) {
    const std::string path = gantry::sdk::Object::string_in(item, "path");
    expect(path > last, "the changes are not in the order of paths");
    last = path;
    added = added || (path == "/copied" && item["kind"].GetInt() == 1);
  });
  expect(added, "a file that was put there is no change");
}

}  // namespace

void run_runtime_files(const RuntimeDriver& runtime, const gantry_ext_archive& table,
                       Report& report) {
  report.run("files: those of a container that never ran are copied both ways", [&] {
    if (!GANTRY_HAS(&table, gantry_ext_archive, put)) throw Skip("this runtime copies no files");
    const Container container(runtime, {"/bin/sleep", "1000"});
    container.end_run();
    check_copies(Files(runtime, table, container.id()));
  });
  report.run("files: those of a running container are copied both ways, and are changes", [&] {
    if (!GANTRY_HAS(&table, gantry_ext_archive, put)) throw Skip("this runtime copies no files");
    const Container container(runtime, {"/bin/sleep", "1000"});
    container.start();
    check_copies(Files(runtime, table, container.id()));
    if (GANTRY_HAS(&table, gantry_ext_archive, changes))
      check_changes(runtime, table, container.id());
  });
  report.run("files: hostile and broken archives are refused", [&] {
    if (!GANTRY_HAS(&table, gantry_ext_archive, put)) throw Skip("this runtime copies no files");
    const Container container(runtime, {"/bin/sleep", "1000"});
    container.start();
    check_hostile(Files(runtime, table, container.id()));
  });
}

}  // namespace conformance

#include <filesystem>
#include <fstream>
#include <iterator>

#include "conformance/volume/driver.hpp"

namespace conformance {

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw Failure("cannot write " + path);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Failure("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

void run_volume_persistence(Subject& subject, const VolumeDriver& driver, Report& report) {
  report.run("volumes and their content survive a restart of the daemon", [&] {
    ScopedVolume volume(driver, "lasting");
    write_text(volume.mount("u") + "/file", "kept");
    volume.unmount("u");
    const auto before = must_object("get", driver.get("lasting")).integer("created_at");
    subject.restart();
    expect(driver.lists("lasting"), "the volume is not listed");
    expect(must_object("get", driver.get("lasting")).integer("created_at") == before,
           "created_at has changed");
    expect(read_text(volume.mount("u") + "/file") == "kept", "the file is gone");
  });
  report.run("a mounted volume stays usable over a restart of the daemon", [&] {
    ScopedVolume volume(driver, "busy");
    const std::string path = volume.mount("u1");
    write_text(path + "/file", "kept");
    subject.restart();
    expect(read_text(path + "/file") == "kept", "the content went away under its user");
    const std::string again = volume.mount("u2");
    expect(read_text(again + "/file") == "kept", "a second user sees other content");
    volume.unmount("u2");
    expect(read_text(path + "/file") == "kept", "the second user took the mount with it");
    volume.unmount("u1");
  });
}

}  // namespace conformance

#include <filesystem>
#include <thread>

#include "conformance/suites.hpp"
#include "conformance/volume/driver.hpp"

namespace conformance {

namespace {

void run_existence(const VolumeDriver& driver, Report& report) {
  report.run("capabilities name a scope", [&] {
    const std::string scope = must_object("capabilities", driver.capabilities()).string("scope");
    expect(scope == "local" || scope == "global",
           "scope is \"" + scope + "\", neither local nor global");
  });
  report.run("a volume nobody created is not found", [&] {
    must("get", driver.get("nobody"), GANTRY_NOT_FOUND);
    must("remove", driver.remove("nobody"), GANTRY_NOT_FOUND);
    must("mount", driver.mount("nobody", "u"), GANTRY_NOT_FOUND);
    expect(!driver.lists("nobody"), "it is listed");
  });
  report.run("a created volume is found and listed", [&] {
    const ScopedVolume volume(driver, "made");
    const auto object = must_object("get", driver.get("made"));
    expect(object.string("name") == "made", "get gives another name");
    const std::string mountpoint = object.string("mountpoint");
    expect(mountpoint.empty() || mountpoint[0] == '/', "mountpoint is not absolute");
    expect(object.integer("created_at") > 0, "created_at is missing");
    expect(driver.lists("made"), "it is not listed");
  });
  report.run("creating a volume again succeeds and keeps it", [&] {
    ScopedVolume volume(driver, "twice");
    const std::string path = volume.mount("u");
    write_text(path + "/kept", "1");
    must("create", driver.create("twice"));
    expect(read_text(path + "/kept") == "1", "its content is gone");
  });
  report.run("a removed volume is gone, and comes back empty", [&] {
    {
      ScopedVolume volume(driver, "phoenix");
      write_text(volume.mount("u") + "/ash", "1");
    }
    must("get", driver.get("phoenix"), GANTRY_NOT_FOUND);
    expect(!driver.lists("phoenix"), "it is still listed");
    ScopedVolume again(driver, "phoenix");
    expect(!std::filesystem::exists(again.mount("u") + "/ash"), "its old content is there");
  });
  report.run("all legal names work, up to 255 bytes", [&] {
    for (const std::string& name :
         {std::string("Az09_.-"), std::string("0"), "n" + std::string(254, 'x')}) {
      ScopedVolume volume(driver, name);
      write_text(volume.mount("u") + "/f", name);
      expect(driver.lists(name), "\"" + name + "\" is not listed");
    }
  });
  report.run("options that are no JSON object of strings are invalid", [&] {
    must("create", driver.create("broken", "[]"), GANTRY_INVALID);
    must("create", driver.create("broken", "{\"a\":"), GANTRY_INVALID);
    must("create", driver.create("broken", "{\"a\":1}"), GANTRY_INVALID);
    expect(!driver.lists("broken"), "a volume was made nevertheless");
  });
}

void run_mounting(const VolumeDriver& driver, Report& report) {
  report.run("mount gives the absolute path of a directory that can be written", [&] {
    ScopedVolume volume(driver, "mounted");
    const std::string path = volume.mount("u");
    expect(std::filesystem::is_directory(path), path + " is no directory");
    write_text(path + "/file", "content");
    expect(must("path", driver.path("mounted")) == path, "path differs from what mount gave");
  });
  report.run("two users share one content, and either may leave first", [&] {
    ScopedVolume volume(driver, "shared");
    const std::string first = volume.mount("u1");
    const std::string second = volume.mount("u2");
    write_text(first + "/file", "both");
    expect(read_text(second + "/file") == "both", "the second user does not see the file");
    volume.unmount("u1");
    expect(read_text(second + "/file") == "both", "the file is gone after the first user left");
    volume.unmount("u2");
  });
  report.run("mounting for the same user again is still one use", [&] {
    ScopedVolume volume(driver, "again");
    const std::string path = must("mount", driver.mount("again", "u"));
    expect(must("mount", driver.mount("again", "u")) == path, "the second path is another one");
    must("unmount", driver.unmount("again", "u"));
    must("remove", driver.remove("again"));
    must("create", driver.create("again"));
  });
  report.run("directories keep mode, links and times that the host gives them", [&] {
    ScopedVolume volume(driver, "filled");
    const std::filesystem::path path = volume.mount("u1");
    std::filesystem::create_directory(path / "sub");
    write_text(path / "sub/file", "1");
    std::filesystem::permissions(path / "sub", std::filesystem::perms::owner_all);
    std::filesystem::create_symlink("sub/file", path / "link");
    std::filesystem::rename(path / "sub", path / "moved");
    volume.unmount("u1");
    const std::filesystem::path again = volume.mount("u2");
    expect(
        std::filesystem::status(again / "moved").permissions() == std::filesystem::perms::owner_all,
        "the mode has changed");
    expect(std::filesystem::read_symlink(again / "link") == "sub/file", "the link has changed");
  });
  report.run("content stays when nobody uses the volume", [&] {
    ScopedVolume volume(driver, "resting");
    write_text(volume.mount("u1") + "/file", "kept");
    volume.unmount("u1");
    expect(read_text(volume.mount("u2") + "/file") == "kept", "the file is gone");
  });
  report.run("two volumes do not share content", [&] {
    ScopedVolume one(driver, "one"), other(driver, "other");
    write_text(one.mount("u") + "/file", "mine");
    expect(!std::filesystem::exists(other.mount("u") + "/file"), "the file is in both");
  });
  report.run("a cancelled mount leaves nothing mounted, or is done", [&] {
    ScopedVolume volume(driver, "cancelled");
    const Outcome outcome = driver.mount("cancelled", "u", true);
    if (outcome.status == GANTRY_OK)
      must("unmount", driver.unmount("cancelled", "u"));
    else
      must("mount", outcome, GANTRY_CANCELLED);
    must("remove", driver.remove("cancelled"));
    must("create", driver.create("cancelled"));
  });
}

void run_threads(const VolumeDriver& driver, Report& report) {
  report.run("calls for different volumes run side by side", [&] {
    std::vector<std::thread> threads;
    std::vector<std::string> faults(5);
    for (size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        try {
          for (int i = 0; i < 10; ++i) {
            ScopedVolume volume(driver, std::string("t")
                                            .append(std::to_string(t))
                                            .append("-")
                                            .append(std::to_string(i % 3)));
            write_text(volume.mount("u") + "/f", volume.name());
          }
        } catch (const std::exception& e) {
          faults[t] = e.what();
        }
      });
    threads.emplace_back([&] {
      try {
        for (int i = 0; i < 50; ++i) driver.names();
      } catch (const std::exception& e) {
        faults[4] = e.what();
      }
    });
    for (auto& thread : threads) thread.join();
    for (const auto& fault : faults) expect(fault.empty(), fault);
  });
}

}  // namespace

void run_volume(Subject& subject, Report& report) {
  if (drivers_of(subject)) {
    run_volume_drivers(subject, report);
    if (subject.settings().driver.empty()) return;  // there is no driver to look at
  }
  const VolumeDriver driver(subject);
  run_existence(driver, report);
  run_mounting(driver, report);
  run_threads(driver, report);
  run_volume_persistence(subject, driver, report);
  report.run("nothing is left behind", [&] {
    for (const auto& name : driver.names()) throw Failure("volume \"" + name + "\" is still there");
  });
}

}  // namespace conformance

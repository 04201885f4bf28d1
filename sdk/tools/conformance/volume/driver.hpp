// A volume driver's calls with their arguments in C++, and the names the suite uses.
#pragma once

#include <gantry/ext/volume_drivers.h>
#include <gantry/volume.h>

#include <string>
#include <vector>

#include "conformance/calls.hpp"
#include "conformance/subject.hpp"

namespace conformance {

/// Null when the plugin is a driver of its own.
inline const gantry_ext_volume_drivers* drivers_of(const Subject& subject) {
  return subject.extension<gantry_ext_volume_drivers>(GANTRY_EXT_VOLUME_DRIVERS);
}
Outcome resolve(const Subject& subject, const std::string& name, gantry_volume_driver& driver);

class VolumeDriver {
 public:
  /// The plugin itself, or the driver of --driver that it serves.
  explicit VolumeDriver(Subject& subject) : subject_(subject) {}

  /// Options of the command line, as JSON.
  std::string options() const {
    gantry::sdk::JsonWriter writer;
    writer.begin();
    for (const auto& [key, value] : subject_.settings().options) writer.field(key, value);
    writer.end();
    return std::string(writer.text());
  }
  Outcome create(const std::string& name, const std::string& options) const {
    return call("create", table().create, self(), name.c_str(), bytes(options));
  }
  Outcome create(const std::string& name) const { return create(name, options()); }
  Outcome remove(const std::string& name) const {
    return call("remove", table().remove, self(), name.c_str());
  }
  Outcome mount(const std::string& name, const std::string& user, bool cancelled = false) const {
    const Op op(cancelled);
    return ask("mount", table().mount, self(), name.c_str(), user.c_str(),
               static_cast<const gantry_op*>(op));
  }
  Outcome unmount(const std::string& name, const std::string& user) const {
    return call("unmount", table().unmount, self(), name.c_str(), user.c_str());
  }
  Outcome path(const std::string& name) const {
    return ask("path", table().path, self(), name.c_str());
  }
  Outcome get(const std::string& name) const {
    return ask("get", table().get, self(), name.c_str());
  }
  Outcome list() const { return ask("list", table().list, self()); }
  Outcome capabilities() const { return ask("capabilities", table().capabilities, self()); }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    must_array("list", list()).objects("items", [&](const rapidjson::Value& item) {
      all.push_back(gantry::sdk::Object::string_in(item, "name"));
    });
    return all;
  }
  bool lists(const std::string& name) const {
    for (const auto& listed : names())
      if (listed == name) return true;
    return false;
  }

 private:
  // Asked for each time: a restart of the daemon makes drivers anew.
  gantry_volume_driver driver() const {
    gantry_volume_driver driver{};
    must("resolve", resolve(subject_, subject_.settings().driver, driver));
    return driver;
  }
  const gantry_volume& table() const {
    return drivers_of(subject_) ? *driver().table : subject_.table<gantry_volume>();
  }
  void* self() const { return drivers_of(subject_) ? driver().self : subject_.self(); }
  Subject& subject_;
};

/// A volume for one case: created with the given options, unmounted and removed at the end.
class ScopedVolume {
 public:
  ScopedVolume(const VolumeDriver& driver, std::string name)
      : driver_(driver), name_(std::move(name)) {
    must("create", driver_.create(name_));
  }
  ScopedVolume(const ScopedVolume&) = delete;
  ScopedVolume& operator=(const ScopedVolume&) = delete;
  ~ScopedVolume() {
    try {
      for (const auto& user : users_) driver_.unmount(name_, user);
      driver_.remove(name_);
    } catch (const std::exception&) {
      // The case has its verdict; cleaning up after a faulty driver is best effort.
    }
  }
  /// An absolute path: with any other one the case would write somewhere else.
  std::string mount(const std::string& user) {
    const std::string path = must("mount", driver_.mount(name_, user));
    users_.push_back(user);
    expect(!path.empty() && path[0] == '/',
           "mount gave \"" + path + "\", which is no absolute path");
    return path;
  }
  void unmount(const std::string& user) {
    must("unmount", driver_.unmount(name_, user));
    for (auto it = users_.begin(); it != users_.end(); ++it)
      if (*it == user) {
        users_.erase(it);
        break;
      }
  }
  const std::string& name() const { return name_; }

 private:
  const VolumeDriver driver_;
  const std::string name_;
  std::vector<std::string> users_;
};

void write_text(const std::string& path, const std::string& text);
std::string read_text(const std::string& path);

void run_volume_drivers(Subject& subject, Report& report);
void run_volume_persistence(Subject& subject, const VolumeDriver& driver, Report& report);

}  // namespace conformance

// A configuration file of a test's own, read with nothing of the machine around it.
#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/random.hpp"
#include "core/config/config.hpp"

namespace gantry::config::test {

struct Fixture {
  fs::path directory = fs::temp_directory_path() / ("gantry-config-" + random_hex(8));
  std::map<std::string, std::string> variables;
  Sources sources;

  Fixture() {
    file::make_directories(directory);
    sources.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto it = variables.find(name);
      if (it == variables.end()) return std::nullopt;
      return it->second;
    };
    sources.plugin_directories = {"/usr/lib/gantry/plugins"};
    // No test may depend on what is in /etc of the machine it runs on.
    sources.file = write("");
  }
  ~Fixture() { file::remove_tree(directory); }

  fs::path write(const std::string& text) {
    const auto path = directory / "gantry.toml";
    file::write_atomic(path, text);
    return path;
  }
  Config load_text(const std::string& text) {
    sources.file = write(text);
    return load(sources);
  }
  /// The message of the Error that loading `text` throws, file name shortened to "F".
  std::string faults_of(const std::string& text) {
    try {
      load_text(text);
    } catch (const Error& e) {
      BOOST_TEST((e.code() == Errc::invalid));
      std::string message = e.what();
      const std::string name = (directory / "gantry.toml").string();
      for (size_t at; (at = message.find(name)) != std::string::npos;)
        message.replace(at, name.size(), "F");
      return message;
    }
    return "no fault";
  }
};

}  // namespace gantry::config::test

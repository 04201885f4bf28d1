// A container on the layer of the command line, for the cases that need one.
#pragma once

#include <string>
#include <vector>

#include "conformance/fd.hpp"
#include "conformance/runtime/driver.hpp"

namespace conformance {

/// OCI "process" of these arguments.
std::string process_json(const std::vector<std::string>& args);

/// Created, not started; everything goes at the end.
class Container {
 public:
  Container(const RuntimeDriver& runtime, const std::vector<std::string>& args,
            bool open_stdin = false);
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container() { remove(); }

  const std::string& id() const { return id_; }
  void start() const;
  /// Its exit code.
  int wait() const;
  /// Ends its run, keeping its root.
  void end_run() const;

 private:
  void remove() noexcept;

  const std::string id_;
  const RuntimeDriver& runtime_;
  const gantry_ext_rootfs* rootfs_ = nullptr;
  const gantry_ext_network* network_ = nullptr;
  std::string chain_, log_;
};

}  // namespace conformance

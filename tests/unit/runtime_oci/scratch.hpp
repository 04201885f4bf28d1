// Temporary directory of one test, removed with everything in it.
#pragma once

#include <stdlib.h>

#include <string>

#include "base/directory.hpp"

class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/gocXXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Scratch() { gantry::oci::remove_tree(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

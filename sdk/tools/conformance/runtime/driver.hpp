// A runtime's calls with their arguments in C++, and what its cases share.
#pragma once

#include <gantry/ext/archive.h>
#include <gantry/ext/exec.h>
#include <gantry/ext/network.h>
#include <gantry/ext/rootfs.h>
#include <gantry/runtime.h>

#include <string>
#include <vector>

#include "conformance/calls.hpp"
#include "conformance/report.hpp"
#include "conformance/subject.hpp"

namespace conformance {

class RuntimeDriver {
 public:
  explicit RuntimeDriver(Subject& subject) : subject_(subject) {}

  Subject& subject() const { return subject_; }
  void* self() const { return subject_.self(); }
  const gantry_runtime& table() const { return subject_.table<gantry_runtime>(); }

  Outcome info() const { return ask("info", table().info, self()); }
  Outcome create(const std::string& id, const std::string& spec,
                 const gantry_container_options& options) const {
    const Op op;
    return call("create", table().create, self(), id.c_str(), bytes(spec), &options,
                static_cast<const gantry_op*>(op));
  }
  Outcome attach(const std::string& id, const gantry_stream& stream) const {
    return call("attach", table().attach, self(), id.c_str(), &stream);
  }
  Outcome start(const std::string& id) const {
    const Op op;
    return ask("start", table().start, self(), id.c_str(), static_cast<const gantry_op*>(op));
  }
  Outcome signal(const std::string& id, int number) const {
    return call("signal", table().signal, self(), id.c_str(), number, 0u);
  }
  Outcome resize(const std::string& id, unsigned rows, unsigned columns) const {
    return call("resize", table().resize, self(), id.c_str(), rows, columns);
  }
  Outcome remove(const std::string& id) const {
    const Op op;
    return call("remove", table().remove, self(), id.c_str(), static_cast<const gantry_op*>(op));
  }
  Outcome state(const std::string& id) const {
    return ask("state", table().state, self(), id.c_str());
  }
  Outcome list() const { return ask("list", table().list, self()); }

  std::string status(const std::string& id) const {
    return must_object("state", state(id)).string("status");
  }
  bool lists(const std::string& id) const {
    bool found = false;
    must_array("list", list()).objects("items", [&](const rapidjson::Value& item) {
      found = found || gantry::sdk::Object::string_in(item, "id") == id;
    });
    return found;
  }

 private:
  Subject& subject_;
};

/// 64 hex digits, other ones each time.
std::string fresh_id();

void run_runtime_extensions(const RuntimeDriver& runtime, Report& report);
void run_runtime_lifecycle(const RuntimeDriver& runtime, Report& report);
void run_runtime_resources(const RuntimeDriver& runtime, Report& report);
void run_runtime_files(const RuntimeDriver& runtime, const gantry_ext_archive& table,
                       Report& report);

}  // namespace conformance

// An OCI "process" object as the supervisor's exec request: names become numbers.
#pragma once

#include <string>
#include <string_view>

#include "protocol/client.hpp"
#include "seccomp/profile.hpp"

namespace gantry::oci {

/// What the container's first process is confined by.
struct Confinement {
  const seccomp::Program& seccomp;      // empty: no filter
  const std::string& apparmor_profile;  // empty: none
};

/// Owns what the request's views point to. Not movable.
class ExecRequest {
 public:
  /// GANTRY_INVALID naming what is wrong.
  ExecRequest(std::string_view exec_id, std::string_view process_json,
              const Confinement& confinement, bool open_stdin);
  ExecRequest(const ExecRequest&) = delete;
  ExecRequest& operator=(const ExecRequest&) = delete;

  shim::ExecStart request;

 private:
  std::string exec_id_, cwd_, groups_, rlimits_, apparmor_, selinux_, note_;
  shim::TextListBuffer args_, env_;
};

}  // namespace gantry::oci

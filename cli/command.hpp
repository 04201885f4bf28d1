// The subcommands of gantry. Each gets the arguments after its name, writes to stdout, and gives
// the exit code: 0 done, 1 something is wrong (doctor found a failure, a plugin is faulty, the
// docker CLI refused), 2 wrong usage (thrown as Usage). Other failures are gantry::Error; main
// prints them. One thread.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace gantry::cli {

using Arguments = std::vector<std::string>;

class Usage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

int run_config(const Arguments& arguments);
int run_context(const Arguments& arguments);
int run_doctor(const Arguments& arguments);
int run_plugins(const Arguments& arguments);
int run_version(const Arguments& arguments);

}  // namespace gantry::cli

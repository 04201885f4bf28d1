#include "core/services/start/start_failure.hpp"

#include <string_view>

namespace gantry::services {
namespace {

const std::string kPrefix =
    "failed to create task for container: failed to create shim task: OCI runtime create failed: ";
constexpr std::string_view kHint =
    ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified "
    "host "
    "path exists and is the expected type";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

StartFailure explain_start_failure(const Error& error, bool by_runtime) {
  if (!by_runtime) return {error, std::nullopt};
  const std::string text = error.what();
  // Runtimes that know their OCI runtime's name write the whole sentence themselves.
  std::string message = text.starts_with("failed to create task") ? text : kPrefix + text;
  if (!text.ends_with(": unknown")) message += ": unknown";
  // In moby's order: the texts are all it has, too.
  if (contains(text, "executable file not found") || contains(text, "no such file or directory") ||
      contains(text, "system cannot find the file specified"))
    return {Error(Errc::invalid, message), 127};
  if (contains(text, "permission denied") || contains(text, "is a directory: "))
    return {Error(Errc::invalid, message), 126};
  if (contains(text, "not a directory"))
    return {Error(Errc::invalid, message + std::string(kHint)), 127};
  if (contains(text, "is a directory")) return {Error(Errc::invalid, message), 126};
  return {Error(error.code() == Errc::unsupported ? Errc::unsupported : Errc::internal, message,
                error.os_errno()),
          std::nullopt};
}

int exec_failure_code(const Error& error) {
  if (error.code() == Errc::not_found) return 127;
  if (error.code() == Errc::permission) return 126;
  const std::string_view text = error.what();
  if (contains(text, "executable file not found") || contains(text, "no such file or directory"))
    return 127;
  if (contains(text, "permission denied") || contains(text, "is a directory")) return 126;
  return 128;
}

}  // namespace gantry::services

#include "core/build/image_path.hpp"

#include <vector>

#include "core/base/text.hpp"

namespace gantry::build {

std::string image_path(std::string_view path, std::string_view work_directory) {
  std::string whole(path.starts_with('/') ? std::string_view() : work_directory);
  whole.append("/").append(path);
  std::vector<std::string> parts;
  for (std::string& part : text::split(whole, '/')) {
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(std::move(part));
  }
  return "/" + text::join(parts, "/");
}

}  // namespace gantry::build

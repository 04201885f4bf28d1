// Builds that clients of BuildKit ask for, as a message; what is none is taken as text, a line for
// each attribute. Refused as invalid, unsupported or not found, or a build of which all that is
// read is of one meaning.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/buildkit/definition.hpp"
#include "core/buildkit/proto_text.hpp"
#include "core/buildkit/solve_attributes.hpp"
#include "core/buildkit/solver.hpp"
#include "core/json/reader.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

void check(const buildkit::SolveAttributes& read) {
  const auto config = json::Document::parse(read.request.host_config);
  FUZZ_CHECK(config.root().is_object());
  for (const auto& limit : {"Ulimits", "ExtraHosts"})
    config.root()[limit].each_item([](json::Node entry) { FUZZ_CHECK(!entry.is_null()); });
  for (const auto& [name, image] : read.request.named_images)
    FUZZ_CHECK(text::lower(name) == name && !read.named_directories.contains(name));
  for (const auto& [name, directory] : read.named_directories)
    FUZZ_CHECK(text::lower(name) == name);
  FUZZ_CHECK(read.request.uncached_stages.empty() || read.request.use_cache);
  FUZZ_CHECK(read.request.dockerfile == read.filename);
}

void solve(const buildkit::proto::ControlSolveRequest& request) {
  buildkit::Solver::check(request);
  const auto inputs = buildkit::read_inputs(request.frontend_inputs());
  for (const auto& [name, source] : inputs) {
    const std::string& image = source.image;
    FUZZ_CHECK(image.empty() == source.remote.has_value());
    if (image.empty()) continue;
    google::protobuf::Map<std::string, buildkit::proto::Definition> again;
    again[name] = buildkit::definition_of(image);
    FUZZ_CHECK(buildkit::read_inputs(again).at(name).image == image);
  }
  const auto& pairs = request.frontend_attributes();
  check(buildkit::read_attributes(request.frontend(), {pairs.begin(), pairs.end()}, inputs));
}

void solve_lines(std::string_view lines) {
  buildkit::Attributes attributes;
  for (const std::string& line : text::split(lines, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) attributes[line.substr(0, equals)] = line.substr(equals + 1);
  }
  check(buildkit::read_attributes("dockerfile.v0", attributes, {{"one", {"sha256:1"}}}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static const bool quiet = (buildkit::silence_protobuf(), true);
  FUZZ_CHECK(quiet);
  buildkit::proto::ControlSolveRequest request;
  try {
    if (request.ParseFromArray(data, static_cast<int>(size)))
      solve(request);
    else
      solve_lines(input);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid || e.code() == Errc::unsupported ||
               e.code() == Errc::not_found);
  }
  return 0;
}

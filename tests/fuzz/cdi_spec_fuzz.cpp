// Specifications of devices, as JSON and as YAML: each is read or refused with Error{invalid}; what
// YAML is made into is JSON; and a device that was read has a name that can be asked for.
#include <cstdint>
#include <string>

#include "core/base/error.hpp"
#include "core/devices/cdi_name.hpp"
#include "core/devices/cdi_spec_reader.hpp"
#include "core/devices/yaml_json.hpp"
#include "core/json/reader.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

bool is_json(const std::string& text) {
  try {
    return json::Document::parse(text, {64u << 20, 64}).root().exists();
  } catch (const Error&) {
    return false;
  }
}

void read(const json::Node& root) {
  const devices::CdiSpec spec = devices::read_cdi_spec(root);
  FUZZ_CHECK(devices::kind_of_spec(root) == spec.kind);
  FUZZ_CHECK(!spec.devices.empty());
  for (const devices::Device& device : spec.devices) {
    const auto name = devices::find_cdi_name(spec.kind + "=" + device.name);
    FUZZ_CHECK(name && name->kind == spec.kind && name->device == device.name);
    FUZZ_CHECK(!device.edits.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  for (const auto format : {devices::SpecFormat::json, devices::SpecFormat::yaml}) try {
      FUZZ_CHECK(format == devices::SpecFormat::json || is_json(devices::yaml_to_json(input)));
      read(devices::spec_document(input, format).root());
    } catch (const Error& error) {
      FUZZ_CHECK(error.code() == Errc::invalid);
    }
  return 0;
}

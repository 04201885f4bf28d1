// JSON from anybody: it is read or refused with Error{invalid}; what was read and written again
// reads the same; and any bytes make a string that can be read back.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

void visit(const json::Node& node) {
  if (node.is_object()) {
    node.each_member([&](std::string_view name, json::Node child) {
      FUZZ_CHECK(node[name].exists());
      visit(child);
    });
  } else if (node.is_array()) {
    size_t count = 0;
    node.each_item([&](json::Node child) {
      ++count;
      visit(child);
    });
    FUZZ_CHECK(count == node.size());
    FUZZ_CHECK(!node.at(count).exists());
  }
  // Each getter gives a value or a refusal that names the place.
  const auto probe = [&](auto get) {
    try {
      (void)get();
    } catch (const Error& e) {
      FUZZ_CHECK(e.code() == Errc::invalid);
      // (A name with a NUL byte cuts what() short.)
      FUZZ_CHECK(std::string(e.what()).find(": ") != std::string::npos ||
                 node.path().find('\0') != std::string::npos);
    }
  };
  probe([&] { return node.str(); });
  probe([&] { return node.i64(); });
  probe([&] { return node.u64(); });
  probe([&] { return node.number(); });
  probe([&] { return node.boolean(); });
  probe([&] { return node.strings().size(); });
  probe([&] { return node.string_map().size(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  try {
    const auto document = json::Document::parse(input, {1u << 20, 32});
    visit(document.root());
    const std::string once = document.root().raw();
    FUZZ_CHECK(json::Document::parse(once).root().raw() == once);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  for (const bool html : {false, true}) {
    json::Writer writer(html);
    writer.begin_object().field("k", input).end_object();
    const std::string text = writer.take();
    FUZZ_CHECK(text.find('\n') == std::string::npos);
    const auto document = json::Document::parse(text, {64u << 20, 8});
    const std::string back = document.root()["k"].str();
    FUZZ_CHECK(json::Writer(html).str(back).take() == text.substr(5, text.size() - 6));
  }
  return 0;
}

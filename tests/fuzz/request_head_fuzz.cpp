// A request head from anybody: it is parsed or refused, and the two ways of reading it agree.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/http/exchange.hpp"
#include "core/http/request_head.hpp"
#include "core/http/target.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_target(std::string_view text) {
  const http::Target target = http::split_target(text);
  FUZZ_CHECK(is_within(target.path, text) || target.path == "/");
  FUZZ_CHECK(is_within(target.query, text) && is_within(target.version, text));
  try {
    const http::Query query = http::Query::parse(target.query);
    (void)query.boolean("all");
    const int minor = http::negotiate(target.version).minor;
    FUZZ_CHECK(minor >= kOldestApiMinor && minor <= kNewestApiMinor);
    (void)query.integer("t");
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  size_t scanned = 0;
  const size_t end = http::find_head_end(input, scanned);
  FUZZ_CHECK(end <= size && scanned <= size);

  // Byte by byte it ends at the same place, and not before.
  size_t progress = 0;
  for (size_t n = 0; n < (end == 0 ? size : end); ++n)
    FUZZ_CHECK(http::find_head_end(input.substr(0, n), progress) == 0);
  FUZZ_CHECK(http::find_head_end(input, progress) == end);
  if (end == 0) return 0;

  http::RequestHead head;
  try {
    http::parse_head(input.substr(0, end), head);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid || e.code() == Errc::unsupported);
    return 0;
  }
  FUZZ_CHECK(!head.method.empty() && !head.target.empty());
  FUZZ_CHECK(is_within(head.method, input) && is_within(head.target, input));
  FUZZ_CHECK(!(head.chunked && head.content_length > 0));
  FUZZ_CHECK(!(head.chunked && head.minor_version == 0));
  size_t lengths = 0;
  for (const http::HeaderField& field : head.fields) {
    FUZZ_CHECK(!field.name.empty() && is_within(field.name, input) &&
               is_within(field.value, input));
    FUZZ_CHECK(field.name.find_first_of(" \t\r\n:") == std::string_view::npos);
    FUZZ_CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    FUZZ_CHECK(head.find(field.name).has_value());
    if (field.name.size() == 14 && (field.name[0] | 32) == 'c' && head.find("content-length"))
      lengths += head.find("content-length")->data() == field.value.data();
  }
  FUZZ_CHECK(lengths <= 1);
  check_target(head.target);
  return 0;
}

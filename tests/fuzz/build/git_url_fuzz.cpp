// URLs of Git repositories: clients' and Dockerfiles' words, which become arguments of a program.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/build/git_url.hpp"
#include "core/build/source_tree.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

void check(const build::GitUrl& url) {
  FUZZ_CHECK(!url.remote.empty() && !url.remote.starts_with('-'));
  FUZZ_CHECK(std::none_of(url.remote.begin(), url.remote.end(), is_control));
  FUZZ_CHECK(!url.host.starts_with('-'));
  FUZZ_CHECK(url.ref.empty() || (build::is_git_ref(url.ref) && !url.ref.starts_with('-')));
  FUZZ_CHECK(url.ref.find(':') == std::string::npos);
  FUZZ_CHECK(build::clean_source(url.directory) == url.directory);
  FUZZ_CHECK(std::none_of(url.directory.begin(), url.directory.end(), is_control));
  const std::size_t scheme = url.remote.find("://");
  FUZZ_CHECK(scheme != std::string::npos || url.remote.find('@') != std::string::npos);
  if (url.is_http) {  // logins are no part of it
    const std::size_t begin = scheme + 3;
    FUZZ_CHECK(url.remote.substr(begin, url.remote.find('/', begin) - begin) == url.host);
    FUZZ_CHECK(url.host.find('@') == std::string::npos);
  }
}

template <typename Read>
void check_reading(const Read& read) {
  try {
    if (const std::optional<build::GitUrl> url = read()) check(*url);
  } catch (const Error& error) {
    FUZZ_CHECK(error.code() == Errc::invalid);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  using Use = build::GitUrlUse;
  for (const Use use : {Use::context, Use::source, Use::repository})
    check_reading([&] { return build::find_git_url(text, use); });
  const std::size_t line = text.find('\n');
  const std::string fragment = line == std::string::npos ? std::string() : text.substr(line + 1);
  check_reading([&] { return std::optional(build::make_git_url(text.substr(0, line), fragment)); });
  return 0;
}

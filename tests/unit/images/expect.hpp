// Checks of errors: their class and text.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "core/base/error.hpp"

namespace gantry::test {

template <class Work>
std::string error_text(Errc expected, Work&& work) {
  try {
    work();
  } catch (const Error& e) {
    BOOST_TEST(static_cast<int>(e.code()) == static_cast<int>(expected),
               "class of \"" << e.what() << "\"");
    return e.what();
  }
  BOOST_ERROR("no error was thrown");
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace gantry::test

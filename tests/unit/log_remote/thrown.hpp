// What a call of a plugin threw.
#pragma once

#include <gantry/cpp/error.hpp>
#include <string>

namespace gantry::test {

/// "no error" when it threw none.
template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const sdk::Error& error) {
    return error.what();
  }
  return "no error";
}

template <class Call>
gantry_errc code_of(Call&& call) {
  try {
    call();
  } catch (const sdk::Error& error) {
    return error.code();
  }
  return GANTRY_OK;
}

}  // namespace gantry::test

// Names like "happy_turing" for containers without one. Pure but for the random source.
#pragma once

#include <string>

namespace gantry::domain {

/// adjective_surname; with attempt > 0 a digit is appended.
std::string random_name(int attempt);

}  // namespace gantry::domain

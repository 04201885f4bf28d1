#include "core/domain/random_name.hpp"

#include <array>
#include <string_view>

#include "core/base/random.hpp"

namespace gantry::domain {
namespace {

constexpr std::array<std::string_view, 64> kAdjectives = {
    "able",   "agile",   "alert",   "amber",  "bold",     "brave",   "bright", "brisk",
    "calm",   "candid",  "clever",  "cosmic", "crisp",    "curious", "daring", "deft",
    "eager",  "earnest", "elegant", "fair",   "fearless", "fleet",   "fluent", "frosty",
    "gentle", "gifted",  "glad",    "golden", "happy",    "hardy",   "honest", "humble",
    "jolly",  "keen",    "kind",    "lively", "lucid",    "lucky",   "mellow", "merry",
    "mighty", "modest",  "nimble",  "noble",  "patient",  "plucky",  "polite", "proud",
    "quick",  "quiet",   "radiant", "ready",  "serene",   "sharp",   "silent", "steady",
    "sturdy", "sunny",   "swift",   "tidy",   "upbeat",   "vivid",   "witty",  "zesty"};

constexpr std::array<std::string_view, 64> kSurnames = {
    "abel",    "ampere",       "archimedes", "babbage", "banach",     "bell",      "bohr",
    "boole",   "brahmagupta",  "cantor",     "carson",  "cauchy",     "cerf",      "church",
    "curie",   "darwin",       "dijkstra",   "dirac",   "einstein",   "engelbart", "erdos",
    "euclid",  "euler",        "faraday",    "fermat",  "fermi",      "feynman",   "franklin",
    "galileo", "galois",       "gauss",      "germain", "goldberg",   "goodall",   "hamilton",
    "hawking", "heisenberg",   "hilbert",    "hopper",  "hypatia",    "joliot",    "kepler",
    "knuth",   "kovalevskaya", "lamarr",     "lamport", "leibniz",    "liskov",    "lovelace",
    "maxwell", "mcclintock",   "meitner",    "mendel",  "mirzakhani", "newton",    "noether",
    "pascal",  "pasteur",      "ramanujan",  "ritchie", "shannon",    "tesla",     "turing",
    "wozniak"};

}  // namespace

std::string random_name(int attempt) {
  std::string name(kAdjectives[random_below(kAdjectives.size())]);
  name += '_';
  name += kSurnames[random_below(kSurnames.size())];
  if (attempt > 0) name += static_cast<char>('0' + random_below(10));
  return name;
}

}  // namespace gantry::domain

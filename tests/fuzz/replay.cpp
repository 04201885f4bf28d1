// main() of a fuzz target where libFuzzer is not there: runs each seed of the given directories,
// then mutations of them. The same ones every time, so that a failure in the suite can be repeated.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size);

namespace {

constexpr int kMutations = 20'000;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

using Random = std::mt19937;

size_t below(Random& random, size_t bound) { return bound == 0 ? 0 : random() % bound; }

/// One to four edits: a byte changed, removed, doubled, a piece moved or taken from another seed.
std::string mutate(std::string input, const std::vector<std::string>& seeds, Random& random) {
  static constexpr char kTelling[] = {'\r', '\n', '\0', ' ', ':', ',',
                                      '"',  '{',  '[',  '0', 'f', '\xff'};
  for (size_t edits = 1 + below(random, 4); edits > 0; --edits) {
    const size_t at = below(random, input.size() + 1);
    switch (below(random, 6)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 1:
        input.insert(at, 1, kTelling[below(random, sizeof kTelling)]);
        break;
      case 2:
        input.erase(at, 1 + below(random, 8));
        break;
      case 3:
        input.insert(at, input.substr(below(random, input.size()), 1 + below(random, 32)));
        break;
      case 4:
        input.resize(at);
        break;
      default: {
        const std::string& other = seeds[below(random, seeds.size())];
        input.insert(at, other.substr(below(random, other.size()), below(random, 64)));
      }
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> seeds;
  for (int i = 1; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry);
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
      std::ifstream file(path, std::ios::binary);
      seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds\n");
    return 1;
  }
  for (const std::string& seed : seeds) run(seed);
  Random random(20'24);
  for (int i = 0; i < kMutations; ++i)
    run(mutate(seeds[below(random, seeds.size())], seeds, random));
  std::printf("%zu seeds, %d mutations\n", seeds.size(), kMutations);
}

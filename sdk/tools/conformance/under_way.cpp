#include "conformance/under_way.hpp"

#include <list>
#include <mutex>

namespace conformance {

namespace {

std::mutex mutex;
std::list<const char*>& functions() {
  static std::list<const char*> all;
  return all;
}

}  // namespace

UnderWay::UnderWay(const char* function) {
  const std::lock_guard lock(mutex);
  place_ = functions().insert(functions().end(), function);
}

UnderWay::~UnderWay() {
  const std::lock_guard lock(mutex);
  functions().erase(place_);
}

std::string UnderWay::longest() {
  const std::lock_guard lock(mutex);
  return functions().empty() ? "" : functions().front();
}

}  // namespace conformance

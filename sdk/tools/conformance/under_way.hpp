// Which of the plugin's functions run now, so that one that does not come back can be named. Any
// thread.
#pragma once

#include <list>
#include <string>

namespace conformance {

class UnderWay {
 public:
  /// `function` outlives this.
  explicit UnderWay(const char* function);
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay();

  /// The one that has been running longest; empty: none runs.
  static std::string longest();

 private:
  std::list<const char*>::iterator place_;
};

}  // namespace conformance

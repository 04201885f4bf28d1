// Runs a function when the scope ends unless dismissed: the rollback steps of a saga.
#pragma once

#include <functional>
#include <utility>

namespace gantry {

class ScopeGuard {
 public:
  explicit ScopeGuard(std::function<void()> undo) : undo_(std::move(undo)) {}
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;
  ~ScopeGuard() {
    if (!undo_) return;
    try {
      undo_();
    } catch (...) {
      // An undo step that fails must not hide the error that started the rollback; the step itself
      // logs.
    }
  }
  void dismiss() noexcept { undo_ = nullptr; }

 private:
  std::function<void()> undo_;
};

}  // namespace gantry

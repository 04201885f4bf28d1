// Exclusive use of one object, by id: whoever changes a container holds its lease from the decision
// to the published record, over plugin calls too. First come, first served. Any thread may take a
// lease; it may be released by another. Lock order: lease → store → event bus; never take a second
// lease of the same kind while holding one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace gantry::state {

class Leases;

/// Ownership of one object's lease; ends with this value.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }
  void release() noexcept;
  /// What it is held for takes as long as a client does: whoever waits for it waits on, until this
  /// is taken back or the lease released; from then on the limits count.
  void lasts(bool on = true);
  explicit operator bool() const noexcept { return leases_ != nullptr; }

 private:
  friend class Leases;
  Lease(Leases& leases, std::string id) : leases_(&leases), id_(std::move(id)) {}
  Leases* leases_ = nullptr;
  std::string id_;
};

class Leases {
 public:
  /// Nothing the engine does by itself with one object should take longer; a plugin that hangs must
  /// not pile up requests without end.
  static constexpr std::chrono::minutes kPatience{5};

  /// Of one who waits for a lease that lasts.
  enum class Limit { later, now };
  /// Waits its turn; throws Error{timeout} when `limit` is over, with Limit::later that is without
  /// the time for which the lease lasts, or when wake_all() was called.
  Lease take(const std::string& id, std::chrono::nanoseconds limit = kPatience,
             Limit counts = Limit::later);
  /// Only when nobody holds it.
  std::optional<Lease> try_take(const std::string& id);
  /// The daemon ends: everyone waiting gives up, later takers too.
  void wake_all();

 private:
  friend class Lease;
  struct Waiter {
    std::condition_variable turn;
    bool granted = false;
  };
  struct Held {
    std::deque<Waiter*> queue;
    bool lasts = false;
    std::chrono::steady_clock::time_point lasted_until{};
    void end_lasting();
  };
  void release(const std::string& id) noexcept;

  std::mutex mutex_;
  std::unordered_map<std::string, Held> held_;  // a key exists while the lease is held
  bool closing_ = false;
};

}  // namespace gantry::state

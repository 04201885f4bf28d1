// One holder at a time per digest: who downloads a blob, who unpacks or removes a layer. Any
// thread. Waiting ends when the lease is free or the stop token fires (Error{cancelled}). Order: a
// lease is taken before the ImageStore's mutex, never after; nobody takes a second lease while
// holding one, except a layer's while nothing else is held.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

namespace gantry::images {

class ContentLeases {
 public:
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : leases_(std::exchange(other.leases_, nullptr)), digest_(std::move(other.digest_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();

   private:
    friend class ContentLeases;
    Lease(ContentLeases& leases, std::string digest)
        : leases_(&leases), digest_(std::move(digest)) {}
    ContentLeases* leases_;
    std::string digest_;
  };

  Lease take(const std::string& digest, const std::stop_token& stop = {});
  bool is_taken(const std::string& digest) const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any freed_;
  std::set<std::string> taken_;
};

}  // namespace gantry::images

// A note in the journal that a container is made for a build: a daemon that finds one at boot
// removes the container, whose result nobody waits for, if it is there. One thread.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "core/base/log.hpp"
#include "core/state/journal.hpp"

namespace gantry::services {

class UnfinishedStep {
 public:
  static constexpr const char* kKind = "build_step";

  UnfinishedStep(state::Journal& journal, std::string container_id)
      : journal_(journal), id_(std::move(container_id)) {
    journal_.put(kKind, id_, "{}");
  }
  ~UnfinishedStep() {
    if (kept_) return;
    try {
      journal_.erase(kKind, id_);
    } catch (const std::exception& error) {
      log::warn("the note of a build's container " + id_ + " stays: " + error.what());
    }
  }
  UnfinishedStep(const UnfinishedStep&) = delete;
  UnfinishedStep& operator=(const UnfinishedStep&) = delete;

  const std::string& id() const { return id_; }
  /// The note stays for the next daemon: the container could not be removed.
  void keep() { kept_ = true; }

 private:
  state::Journal& journal_;
  const std::string id_;
  bool kept_ = false;
};

}  // namespace gantry::services

// What a driver of this folder opens for a container: its format and its way out.
#pragma once

#include <memory>
#include <utility>

#include "net/outlet.hpp"

namespace log_remote {

class OutletStream final : public gantry::sdk::LogStream {
 public:
  /// `outlet`: what an Outlet is made of.
  template <class... Arguments>
  explicit OutletStream(std::unique_ptr<Wire> wire, Arguments&&... outlet)
      : wire_(std::move(wire)), outlet_(std::forward<Arguments>(outlet)...) {}

  void write(const std::vector<gantry::sdk::LogLine>& lines, std::uint32_t& taken,
             const gantry::sdk::Op& op) override {
    outlet_.write(lines, taken, op, *wire_);
  }

 private:
  const std::unique_ptr<Wire> wire_;
  Outlet outlet_;
};

}  // namespace log_remote

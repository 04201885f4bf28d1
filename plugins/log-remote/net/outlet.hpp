// One container's way out: keeps a connection to the first of some endpoints that can be had, makes
// it when there are lines, and again when it broke. One thread at a time.
#pragma once

#include <functional>
#include <gantry/cpp/logging.hpp>
#include <memory>
#include <string>
#include <vector>

#include "net/connection.hpp"

namespace log_remote {

/// What one line becomes: datagrams, or what goes into the stream, one after the other. None: the
/// line is not sent at all.
using Packets = std::vector<std::string>;

/// The format of a driver.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual void encode(const gantry::sdk::LogLine& line, Packets& out) = 0;
  /// Lines count when the peer has acknowledged them, not when they were sent.
  virtual bool is_acknowledged() const { return false; }
  /// Forgets acknowledgements that are due: their lines will be encoded again.
  virtual void forget_acknowledgements() {}
  /// For the oldest encoded line.
  virtual void await_acknowledgement(Connection&, const gantry::sdk::Op&) {}
};

class Outlet {
 public:
  /// `endpoints`: at least one. `limit`: of waiting without anything moving.
  explicit Outlet(std::vector<Endpoint> endpoints,
                  std::chrono::milliseconds limit = std::chrono::seconds(5))
      : endpoints_(std::move(endpoints)), limit_(limit) {}
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  ~Outlet();

  /// LogStream::write.
  void write(const std::vector<gantry::sdk::LogLine>& lines, std::uint32_t& taken,
             const gantry::sdk::Op& op, Wire& wire);

 private:
  using Lines = std::vector<gantry::sdk::LogLine>;

  std::unique_ptr<Connection> reach(const gantry::sdk::Op& op) const;
  void deliver(const Lines& lines, std::uint32_t& taken, const gantry::sdk::Op& op, Wire& wire);
  void send_datagrams(const Lines& lines, std::uint32_t& taken, const gantry::sdk::Op& op,
                      Wire& wire);
  void send_batch(const Lines& lines, std::uint32_t& taken, const gantry::sdk::Op& op, Wire& wire);
  /// Sends all of it; `moved` hears after each step how much is out.
  void send_all(std::string_view bytes, const gantry::sdk::Op& op,
                const std::function<void(std::size_t)>& moved);

  const std::vector<Endpoint> endpoints_;
  const std::chrono::milliseconds limit_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace log_remote

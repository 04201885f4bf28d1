// What Fluentd answers: {"ack": <id>} for each message that has an id, in their order. One thread.
#pragma once

#include <memory>
#include <string>

#include "net/connection.hpp"

namespace log_remote::fluentd {

class Acknowledgements {
 public:
  Acknowledgements();
  ~Acknowledgements();

  /// Forgets what was read: another connection, or other messages.
  void reset();
  /// The id of the next one. Throws like Connection::receive; ConnectionLost for nonsense.
  std::string next(Connection& connection, const Patience& patience);

 private:
  struct Reader;  // keeps the library's headers out
  std::unique_ptr<Reader> reader_;
};

}  // namespace log_remote::fluentd

// One attached client: a duplicated connection, a thread that reads its input, and framed or raw
// output. write() and close() may come from any thread; `input` runs on the client's own thread.
#pragma once

#include <gantry/runtime.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace fake {

class Client {
 public:
  /// `input` gets what the client sends; empty data is its end of input.
  using Input = std::function<void(std::string_view data)>;

  Client(const gantry_stream& stream, bool tty);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts to read. Without GANTRY_STDIN input is read and dropped, so that the end of the client
  /// shows.
  void run(Input input);
  void write(int stream, std::string_view data);
  /// Ends the connection; pending output was written before.
  void close();
  bool takes_input() const { return (streams_ & GANTRY_STDIN) != 0; }

 private:
  void read_all(const Input& input);
  bool detaches(std::string& data);

  const int fd_;
  const std::uint32_t streams_;
  const bool framed_;
  std::string read_ahead_;
  const std::string detach_keys_;  // empty when it is no tty
  size_t matched_ = 0;
  std::mutex mutex_;
  bool closed_ = false;
  std::thread reader_;
};

}  // namespace fake

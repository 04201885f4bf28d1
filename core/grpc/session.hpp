// One HTTP/2 session with its calls: nghttp2 and what it calls back, without the socket. The thread
// in Connection::run() moves the bytes; calls are used on any other. One mutex guards all of it;
// what those other threads have queued wakes the first. Shared by the connection, its calls and the
// threads of handlers.
#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/notifier.hpp"
#include "core/grpc/field_list.hpp"
#include "core/grpc/stream.hpp"

namespace gantry::grpc {

class Session {
 public:
  /// What the peer may send on one stream before it waits.
  static constexpr std::uint32_t kStreamWindow = 1u << 20;

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session();

  // For the thread in run().
  /// False when the peer has broken the protocol beyond repair.
  bool feed(std::string_view bytes);
  /// Appends what is to be sent, up to about kBatch; false on failure. With less than kBatch there
  /// is no more for now.
  bool fill(std::string& out);
  static constexpr size_t kBatch = 128u << 10;
  bool wants_input() const;
  bool is_closed() const;
  /// Readable when another thread has something for this one, which then calls note_woken().
  int wake_fd() const { return wake_.fd(); }
  void note_woken();
  /// Stop tokens of calls that have ended meanwhile. They run code of others: no lock is held.
  void fire_gone();

  // Any thread.
  /// Every call fails, no more will come. The peer is told, as far as the socket takes it at once.
  void end(const std::string& reason);
  /// These are Call's functions.
  std::optional<std::string> receive(Stream& stream, const std::stop_token& stop);
  void send(Stream& stream, std::string_view message);

 protected:
  enum class Role { server, client };
  Session(Role role, const std::vector<nghttp2_settings_entry>& settings);

  // What differs between the roles. Called with the mutex held, most of them by nghttp2.
  /// A new stream of the peer's: nullptr when it is to be refused.
  virtual std::shared_ptr<Stream> accept() = 0;
  /// stream.block is complete.
  virtual void headers_received(Stream& stream) = 0;
  virtual void peer_ended(Stream& stream) = 0;
  /// HTTP/2's stream is no more.
  virtual void stream_closed(Stream& stream, std::uint32_t error) = 0;
  virtual void end_stream_sent(Stream& stream) = 0;
  /// The outbox is empty and has ended: flags for nghttp2's data callback.
  virtual std::uint32_t finish_data(Stream& stream) = 0;
  /// Before the first message is queued.
  virtual void begin_data(Stream& stream) = 0;
  /// Ends a call from this side before its time.
  virtual void fail(Stream& stream, Status status) = 0;

  /// All of these need the mutex.
  void end_call(Stream& stream, Status status);
  void reset(const Stream& stream, std::uint32_t error);
  /// To the peer's window of the stream, what the inbox has no use for any more.
  void give_back(Stream& stream);
  /// Lets run()'s thread send what has been queued.
  void wake();
  nghttp2_data_provider data_provider();

  mutable std::mutex mutex_;
  nghttp2_session* h2_ = nullptr;
  std::map<std::int32_t, std::shared_ptr<Stream>> streams_;
  bool closed_ = false;

 private:
  friend struct SessionCallbacks;  // nghttp2's side of the functions below
  Stream* find(std::int32_t id);
  bool begin_headers(std::int32_t id);
  void data_received(std::int32_t id, std::string_view bytes);
  void closed_by_http2(std::int32_t id, std::uint32_t error);
  void request_not_sent(std::int32_t id);

  Notifier wake_;
  bool woken_ = false;
  std::vector<std::stop_source> gone_;
};

}  // namespace gantry::grpc

#include "client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cctype>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace volume_docker {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using local = asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr const char* kMediaType = "application/vnd.docker.plugins.v1.2+json";
// What Docker sends where the address has no host (a socket's path is no valid one).
constexpr const char* kLocalHost = "plugin.moby.localhost";
constexpr std::uint32_t kLargestHead = 64u << 10;

using Clock = std::chrono::steady_clock;

struct LookUp {
  void give(const std::string& host, const std::string& port) noexcept {
    asio::io_context io;
    error_code failure;
    auto addresses = tcp::resolver(io).resolve(host, port, failure);
    const std::lock_guard lock(mutex);
    found = std::move(addresses);
    error = failure;
    done = true;
    came.notify_all();
  }

  std::mutex mutex;
  std::condition_variable came;
  bool done = false;
  error_code error;
  tcp::resolver::results_type found;
};

class Call {
 public:
  Call(const Endpoint& endpoint, const std::string& method, std::string_view body,
       std::chrono::steady_clock::time_point deadline, const std::function<bool()>& cancelled)
      : endpoint_(endpoint), method_(method), deadline_(deadline), cancelled_(cancelled) {
    request_.method(http::verb::post);
    request_.target("/" + method);
    request_.version(11);
    request_.set(http::field::host,
                 endpoint.socket.empty() ? endpoint.host + ":" + endpoint.port : kLocalHost);
    request_.set(http::field::user_agent, "gantry");
    request_.set(http::field::accept, kMediaType);
    request_.set(http::field::content_type, kMediaType);
    request_.body() = std::string(body);
    request_.prepare_payload();
    parser_.body_limit(kLargestAnswer);
    parser_.header_limit(kLargestHead);
  }

  Reply run() {
    if (!endpoint_.socket.empty()) {
      beast::basic_stream<local> stream(io_);
      connect(stream);
      return exchange(stream);
    }
    if (!endpoint_.tls) {
      beast::tcp_stream stream(io_);
      connect_tcp(stream);
      return exchange(stream);
    }
    asio::ssl::context context = tls_context();
    beast::ssl_stream<beast::tcp_stream> stream(io_, context);
    if (!endpoint_.tls_options.skip_verify)
      stream.set_verify_callback(asio::ssl::host_name_verification(endpoint_.host));
    // Not every server sits behind a name that may stand there; a failure means none is sent.
    SSL_set_tlsext_host_name(stream.native_handle(), endpoint_.host.c_str());
    connect_tcp(beast::get_lowest_layer(stream));
    arm(beast::get_lowest_layer(stream));
    check(wait([&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); }),
          "tls");
    return exchange(stream);
  }

 private:
  template <class Stream>
  void arm(Stream& stream) {
    stream.expires_at(deadline_);
  }

  void connect(beast::basic_stream<local>& stream) {
    arm(stream);
    error_code error;
    try {
      const local::endpoint address(endpoint_.socket);
      error = wait([&](auto done) { stream.async_connect(address, done); });
    } catch (const boost::system::system_error& e) {
      error = e.code();  // a path that is too long for a socket
    }
    check(error, endpoint_.dial() + ": connect");
  }

  void connect_tcp(beast::tcp_stream& stream) {
    const tcp::resolver::results_type found = look_up();
    arm(stream);
    check(wait([&](auto done) {
            stream.async_connect(found, [done](error_code error, auto&&) mutable { done(error); });
          }),
          endpoint_.dial() + ": connect");
  }

  tcp::resolver::results_type look_up() const {
    const auto answer = std::make_shared<LookUp>();
    // Nothing ends a look-up, and an io_context waits for its own: this one may outlast the call.
    std::thread([answer, host = endpoint_.host, port = endpoint_.port] {
      answer->give(host, port);
    }).detach();
    std::unique_lock lock(answer->mutex);
    while (!answer->done) answer->came.wait_until(lock, next_look(deadline_));
    check(answer->error, endpoint_.dial() + ": lookup " + endpoint_.host);
    return std::move(answer->found);
  }

  template <class Stream>
  Reply exchange(Stream& stream) {
    arm(beast::get_lowest_layer(stream));
    check(wait([&](auto done) {
            http::async_write(stream, request_,
                              [done](error_code error, std::size_t) mutable { done(error); });
          }),
          "write");
    check(wait([&](auto done) {
            http::async_read(stream, buffer_, parser_,
                             [done](error_code error, std::size_t) mutable { done(error); });
          }),
          "");
    return {parser_.get().result_int(), std::move(parser_.get().body())};
  }

  asio::ssl::context tls_context() const {
    asio::ssl::context context(asio::ssl::context::tls_client);
    const Tls& options = endpoint_.tls_options;
    error_code error;
    context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1);
    context.set_verify_mode(options.skip_verify ? asio::ssl::verify_none : asio::ssl::verify_peer);
    const auto load = [&](const std::string& file, auto loader) {
      if (file.empty()) return;
      loader(error);
      check(error, file);
    };
    if (options.ca_file.empty() && !options.skip_verify) context.set_default_verify_paths(error);
    load(options.ca_file, [&](error_code& e) { context.load_verify_file(options.ca_file, e); });
    load(options.cert_file,
         [&](error_code& e) { context.use_certificate_chain_file(options.cert_file, e); });
    load(options.key_file, [&](error_code& e) {
      context.use_private_key_file(options.key_file, asio::ssl::context::pem, e);
    });
    return context;
  }

  /// Starts one operation and runs it to its end.
  template <class Start>
  error_code wait(Start start) {
    struct Result {
      bool done = false;
      error_code error;
    } result;
    io_.restart();
    start([&result](error_code error) {
      result.error = error;
      result.done = true;
    });
    // The streams' own deadline comes first.
    while (!result.done) io_.run_until(next_look(deadline_ + kCancelInterval));
    return result.error;
  }

  /// How long to wait until the call may be over. Throws when it is.
  Clock::time_point next_look(Clock::time_point end) const {
    const auto now = Clock::now();
    if (now >= end) fail(GANTRY_TIMEOUT, "", "context deadline exceeded");
    if (!cancelled_) return end;
    if (cancelled_()) fail(GANTRY_CANCELLED, "", "context canceled");
    return std::min(end, now + kCancelInterval);
  }

  void check(const error_code& error, const std::string& where) const {
    if (!error) return;
    if (error == beast::error::timeout || error == asio::error::timed_out)
      fail(GANTRY_TIMEOUT, "", "context deadline exceeded");
    if (error == http::error::body_limit || error == http::error::header_limit)
      fail(GANTRY_UNAVAILABLE, "", "the answer is larger than a plugin's may be");
    if (error == http::error::end_of_stream || error == asio::error::eof)
      fail(GANTRY_UNAVAILABLE, "", "EOF");
    if (error == http::error::partial_message) fail(GANTRY_UNAVAILABLE, "", "unexpected EOF");
    if (error.category() == http::make_error_code(http::error::bad_version).category())
      fail(GANTRY_UNAVAILABLE, "", "malformed HTTP response (" + error.message() + ")");
    std::string text = error.message();  // Go writes the system's texts in lower case
    if (!text.empty())
      text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    fail(GANTRY_UNAVAILABLE, where, text, error.value());
  }

  [[noreturn]] void fail(gantry_errc code, const std::string& where, const std::string& what,
                         int os_errno = 0) const {
    throw CallFailed(
        code,
        "Post \"" + endpoint_.url(method_) + "\": " + (where.empty() ? what : where + ": " + what),
        os_errno);
  }

  const Endpoint& endpoint_;
  const std::string& method_;
  const std::chrono::steady_clock::time_point deadline_;
  const std::function<bool()>& cancelled_;
  asio::io_context io_{1};
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_;
};

}  // namespace

Reply post(const Endpoint& endpoint, const std::string& method, std::string_view body,
           std::chrono::steady_clock::time_point deadline, const std::function<bool()>& cancelled) {
  return Call(endpoint, method, body, deadline, cancelled).run();
}

}  // namespace volume_docker

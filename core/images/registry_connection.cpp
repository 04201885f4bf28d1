#include "core/images/registry_connection.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPHeaderStream.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <mutex>
#include <ostream>
#include <utility>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/registry_socket.hpp"
#include "core/images/response_body.hpp"

namespace gantry::images {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kPiece = 256u << 10;  // of a body that lies in a file
constexpr std::size_t kLargestRead = 1u << 20;

[[noreturn]] void throw_cancelled() { throw Error(Errc::cancelled, "context canceled"); }

// Opens what HTTPSession keeps to its friends: reading the body without a 4 KiB stream buffer
// between.
class Session : public net::HTTPClientSession {
 public:
  using HTTPClientSession::HTTPClientSession;
  int read_raw(char* buffer, std::size_t size) {
    return read(buffer, static_cast<std::streamsize>(size));
  }
  /// What the server said before it stopped listening; false when it said nothing.
  bool read_early(net::HTTPResponse& response) {
    try {
      net::HTTPHeaderInputStream head(*this);
      response.read(head);
      return response.getStatus() >= 400;
    } catch (const Poco::Exception&) {
      return false;
    }
  }
};

void write_file(std::ostream& out, const FileBody& file) {
  std::vector<char> buffer(std::min<std::uint64_t>(file.size, kPiece));
  for (std::uint64_t sent = 0; sent < file.size && out;) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), file.size - sent);
    const ssize_t n = ::pread(file.fd, buffer.data(), wanted, static_cast<off_t>(sent));
    if (n <= 0) throw Error(Errc::internal, "a blob is shorter than it was", n < 0 ? errno : 0);
    out.write(buffer.data(), n);
    sent += static_cast<std::uint64_t>(n);
    if (file.progress) file.progress(sent);
  }
}

Poco::Timespan timespan(std::chrono::milliseconds ms) { return Poco::Timespan(ms.count() * 1000); }

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::vector<std::string> HttpResponse::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers)
    if (key == name) values.push_back(value);
  return values;
}

struct RegistryConnection::Impl {
  Impl(const Origin& to, const RegistryOptions& given, TlsSettings& tls_settings, bool verify,
       std::stop_token stop_token)
      : origin(to),
        options(given),
        tls(tls_settings),
        verify_tls(verify),
        stop(std::move(stop_token)) {}

  const Origin origin;
  const RegistryOptions& options;
  TlsSettings& tls;
  const bool verify_tls;
  const std::stop_token stop;

  std::unique_ptr<Session> session;
  bool used = false;        // the connection carried a request before
  bool via_proxy = false;   // absolute-form targets
  std::string proxy_login;  // for absolute-form requests

  ResponseBody body;  // of the answer under way
  bool keep_alive = false;

  // The socket that the stop token's callback shuts down: a descriptor of our own, because the one
  // in Poco's hands may be closed, and its number given to someone else, at any moment.
  std::mutex live_mutex;
  UniqueFd live;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;

  void close() {
    {
      const std::lock_guard lock(live_mutex);
      live.reset();
    }
    on_stop.reset();
    session.reset();
    body = {};
  }

  void watch(const UniqueFd& fd) {
    {
      const std::lock_guard lock(live_mutex);
      live = fd.duplicate();
    }
    on_stop.emplace(stop, std::function<void()>([this] {
                      const std::lock_guard lock(live_mutex);
                      if (live) ::shutdown(live.get(), SHUT_RDWR);
                    }));
  }

  // Runs one piece of network work and puts Poco's exceptions into ours.
  template <class Work>
  auto guarded(Work work) {
    try {
      return work();
    } catch (const Poco::TimeoutException&) {
      close();
      if (stop.stop_requested()) throw_cancelled();
      throw Error(Errc::timeout, "i/o timeout: no data from " + origin.authority());
    } catch (const net::InvalidCertificateException& e) {
      close();
      throw Error(Errc::internal, "tls: failed to verify certificate: " + e.message());
    } catch (const net::SSLException& e) {
      close();
      if (stop.stop_requested()) throw_cancelled();
      throw Error(Errc::unavailable, "tls: " + e.displayText());
    } catch (const net::NoMessageException&) {
      close();
      if (stop.stop_requested()) throw_cancelled();
      throw Error(Errc::unavailable, "EOF");
    } catch (const net::MessageException& e) {
      close();
      if (stop.stop_requested()) throw_cancelled();
      throw Error(Errc::unavailable, "malformed HTTP response: " + e.displayText());
    } catch (const Poco::Exception& e) {
      close();
      if (stop.stop_requested()) throw_cancelled();
      throw Error(Errc::unavailable, text::lower(e.displayText()));
    }
  }

  // Asks an HTTP proxy for a tunnel; the session gives the raw connection back.
  void open_tunnel(net::StreamSocket& socket) {
    Session tunnel(socket);
    net::HTTPRequest request("CONNECT", origin.host + ":" + std::to_string(origin.port),
                             "HTTP/1.1");
    request.set("Host", request.getURI());
    if (!proxy_login.empty())
      request.set("Proxy-Authorization", "Basic " + base64_encode(proxy_login));
    tunnel.sendRequest(request);
    net::HTTPResponse response;
    tunnel.receiveResponse(response);
    if (response.getStatus() != net::HTTPResponse::HTTP_OK)
      throw Error(Errc::unavailable, "proxyconnect tcp: " + response.getReason());
    tunnel.detachSocket();
  }

  void connect() {
    close();
    if (stop.stop_requested()) throw_cancelled();
    const std::string proxy = options.proxy_for(origin);
    Origin peer = origin;
    proxy_login.clear();
    if (!proxy.empty()) {
      const Url url = parse_url(proxy);
      if (url.origin.tls)
        throw Error(Errc::unsupported, "proxyconnect: https:// to a proxy is not supported");
      peer = url.origin;
      proxy_login = url.login;
    }
    via_proxy = !proxy.empty() && !origin.tls;
    UniqueFd fd = connect_tcp(peer.host, peer.port, options.connect_timeout, stop);
    watch(fd);
    guarded([&] {
      net::StreamSocket socket(new net::StreamSocketImpl(fd.release()));
      socket.setReceiveTimeout(timespan(options.stall_timeout));
      socket.setSendTimeout(timespan(options.stall_timeout));
      if (origin.tls) {
        if (!proxy.empty()) open_tunnel(socket);
        socket = tls.secure(socket, origin, verify_tls, options.certificates_dir);
        socket.setReceiveTimeout(timespan(options.stall_timeout));
      }
      session = std::make_unique<Session>(socket);
      session->setTimeout(timespan(options.stall_timeout));
      session->setKeepAlive(true);
      // Whether a connection can still be used is seen by using it.
      session->setKeepAliveTimeout(Poco::Timespan(1, 0, 0, 0, 0));
    });
    used = false;
  }

  HttpResponse exchange(const HttpRequest& given) {
    const std::string target = via_proxy ? origin.str() + given.target : given.target;
    net::HTTPRequest request(given.method, target, net::HTTPMessage::HTTP_1_1);
    request.set("Host", origin.authority());
    request.set("User-Agent", options.user_agent);
    for (const auto& [name, value] : given.headers) request.add(name, value);
    if (via_proxy && !proxy_login.empty())
      request.set("Proxy-Authorization", "Basic " + base64_encode(proxy_login));
    const std::uint64_t size = given.file ? given.file->size : given.body.size();
    if (size != 0 || given.method == "POST" || given.method == "PUT" || given.method == "PATCH")
      request.setContentLength64(static_cast<Poco::Int64>(size));

    net::HTTPResponse response;
    response.setFieldLimit(200);
    const bool heard_early = guarded([&] {
      std::ostream& out = session->sendRequest(request);
      if (given.file) write_file(out, *given.file);
      if (!given.body.empty())
        out.write(given.body.data(), static_cast<std::streamsize>(given.body.size()));
      out.flush();
      if (!out) {
        // Reading fails in its own way, and the session keeps the last failure only.
        const Poco::Exception* broken = session->networkException();
        const std::unique_ptr<Poco::Exception> why(broken ? broken->clone() : nullptr);
        if (session->read_early(response)) return true;
        if (why) why->rethrow();
      }
      session->receiveResponse(response);
      return false;
    });
    used = true;

    HttpResponse result;
    result.status = response.getStatus();
    result.reason = response.getReason();
    for (const auto& [name, value] : response)
      result.headers.emplace_back(text::lower(name), value);

    body = {};
    if (heard_early) {
      close();
      return result;
    }
    keep_alive = response.getKeepAlive();
    if (given.method == "HEAD" || result.status == 204 || result.status == 304) {
      // None, whatever its head says.
    } else if (response.getChunkedTransferEncoding()) {
      body = ResponseBody::chunked();
    } else if (response.hasContentLength()) {
      result.length =
          static_cast<std::uint64_t>(std::max<Poco::Int64>(response.getContentLength64(), 0));
      body = ResponseBody::of_length(*result.length);
    } else {
      body = ResponseBody::until_end();
    }
    close_if_used_up();
    return result;
  }

  void close_if_used_up() {
    if (body.done() && !(keep_alive && body.leaves_connection_usable())) close();
  }

  // Past Poco's streams, which do not tell a body that was cut off in a chunk from a whole one.
  std::size_t read_raw(char* buffer, std::size_t size) {
    const std::size_t n = guarded([&]() -> std::size_t {
      try {
        return static_cast<std::size_t>(
            std::max(0, session->read_raw(buffer, std::min(size, kLargestRead))));
      } catch (const net::SSLConnectionUnexpectedlyClosedException&) {
        return 0;  // no close_notify: told from a whole body by its framing
      }
    });
    if (!stop.stop_requested()) return n;
    close();
    throw_cancelled();
  }

  std::size_t read(char* buffer, std::size_t size) {
    // Apart while it is read: what closes the connection below takes the body with it.
    ResponseBody reading = std::exchange(body, {});
    std::size_t n = 0;
    try {
      n = reading.read(buffer, size,
                       [this](char* to, std::size_t most) { return read_raw(to, most); });
    } catch (...) {
      close();
      throw;
    }
    body = std::move(reading);
    close_if_used_up();
    return n;
  }
};

RegistryConnection::RegistryConnection(Origin origin, const RegistryOptions& options,
                                       TlsSettings& tls, bool verify_tls, std::stop_token stop)
    : origin_(std::move(origin)),
      impl_(std::make_unique<Impl>(origin_, options, tls, verify_tls, std::move(stop))) {}

RegistryConnection::~RegistryConnection() { impl_->close(); }

HttpResponse RegistryConnection::send(const HttpRequest& request) {
  // A body nobody read to its end would be taken for the next answer.
  if (!impl_->body.done()) impl_->close();
  const bool reused = impl_->session && impl_->used && !request.once;
  if (!impl_->session) impl_->connect();
  try {
    return impl_->exchange(request);
  } catch (const Error& e) {
    if (!reused || e.code() != Errc::unavailable) throw;
  }
  impl_->connect();
  return impl_->exchange(request);
}

std::size_t RegistryConnection::read(char* buffer, std::size_t size) {
  return impl_->read(buffer, size);
}

std::string RegistryConnection::read_all(std::size_t limit) {
  std::string body;
  char buffer[16384];
  while (const std::size_t n = read(buffer, sizeof buffer)) {
    if (body.size() + n > limit)
      throw Error(Errc::invalid, "answer of " + origin_.authority() + " is too large");
    body.append(buffer, n);
  }
  return body;
}

}  // namespace gantry::images

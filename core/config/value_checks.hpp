// What a single setting must look like. Each check gives nullopt, or what is wrong with the text in
// words that follow the key ("must be an absolute path"). Pure: any thread.
#pragma once

#include <optional>
#include <string>

namespace gantry::config {

using Fault = std::optional<std::string>;

Fault check_absolute_path(const std::string& text);
/// "unix:///abs/path" of at most 107 bytes (sun_path), or "tcp://host:port".
Fault check_host(const std::string& text);
/// "host", "host:port", "[::1]:5000" or a CIDR; no scheme, no path.
Fault check_registry(const std::string& text);
/// "host" or "host:port", by the name that images have it.
Fault check_mirrored(const std::string& text);
/// "http://host[:port][/path]", or https.
Fault check_mirror(const std::string& text);
/// "" or "http://[login@]host[:port]", also without the scheme.
Fault check_proxy(const std::string& text);
Fault check_plugin_id(const std::string& text);
/// "172.20.0.0/14", host bits zero.
Fault check_ipv4_prefix(const std::string& text);
/// The same, or an IPv6 network.
Fault check_ip_prefix(const std::string& text);
Fault check_ip_address(const std::string& text);
/// A Linux interface name: 1 to 15 bytes, no '/', no white space.
Fault check_interface(const std::string& text);
/// "key=value".
Fault check_label(const std::string& text);
/// One word of a line of resolv.conf.
Fault check_word(const std::string& text);
/// The prefix length of a text that passed check_ipv4_prefix.
unsigned prefix_length(const std::string& text);

}  // namespace gantry::config

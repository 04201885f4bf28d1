#include "core/api/system_auth.hpp"

#include "core/api/request_body.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {

void add_auth_routes(http::Router& router, const services::RegistryLogin& login) {
  router.add("POST", "/auth", [&login](http::Exchange& exchange) {
    const auto body = read_whole_json(exchange);
    const json::Node root = body.root();
    images::RegistryAuth auth;
    auth.username = root["username"].str();
    auth.password = root["password"].str();
    auth.identity_token = root["identitytoken"].str();
    auth.registry_token = root["registrytoken"].str();
    auth.server_address = root["serveraddress"].str();
    const std::string identity = login.run(auth);
    json::Writer w;
    w.begin_object()
        .field("IdentityToken", identity)
        .field("Status", "Login Succeeded")
        .end_object();
    exchange.send_json(w.text());
  });
}

}  // namespace gantry::api

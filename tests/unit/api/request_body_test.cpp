#include "core/api/request_body.hpp"

#include <boost/test/unit_test.hpp>

#include "core/base/error.hpp"
#include "tests/unit/api/no_exchange.hpp"

using namespace gantry;

namespace {

/// A POST with a body.
class Posted final : public test::NoExchange {
 public:
  Posted(std::string type, std::string body, const std::string& query = {})
      : type_(std::move(type)), body_(std::move(body)), query_(http::Query::parse(query)) {}

  const http::Query& query() const override { return query_; }
  std::string header(std::string_view) const override { return type_; }
  bool has_body() const override { return !body_.empty(); }
  std::string read_body(size_t limit, bool json) override {
    read = true;
    if (json && type_ != "application/json") throw Error(Errc::invalid, "unsupported");
    if (body_.size() > limit) throw Error(Errc::invalid, "too large");
    return body_;
  }

  bool read = false;

 private:
  const std::string type_, body_;
  const http::Query query_;
};

constexpr const char* kForm = "application/x-www-form-urlencoded";

std::string refusal(const std::string& json) {
  try {
    api::parse_json(json);
  } catch (const Error& error) {
    return error.code() == Errc::invalid ? error.what() : "not invalid";
  }
  return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_body)

BOOST_AUTO_TEST_CASE(parameters_of_a_form_stand_in_front_of_the_querys) {
  Posted posted(kForm, "signal=TERM&t=%41+b", "signal=HUP&other=1");
  const http::Query form = api::read_form(posted);
  BOOST_TEST(form.get("signal") == "TERM");
  BOOST_TEST(form.all("signal").size() == 2u);
  BOOST_TEST(form.get("t") == "A b");
  BOOST_TEST(form.get("other") == "1");
  Posted with_charset("Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=1");
  BOOST_TEST(api::read_form(with_charset).get("a") == "1");
}

BOOST_AUTO_TEST_CASE(other_bodies_are_left_alone) {
  for (const char* type : {"", "application/json", "text/plain", "application/x-www-form"}) {
    Posted posted(type, "signal=TERM", "signal=HUP");
    BOOST_TEST(api::read_form(posted).get("signal") == "HUP");
    BOOST_TEST(!posted.read);
  }
  Posted empty(kForm, "", "signal=HUP");
  BOOST_TEST(api::read_form(empty).get("signal") == "HUP");
  BOOST_TEST(!empty.read);
}

BOOST_AUTO_TEST_CASE(a_form_is_held_to_a_mebibyte_and_to_what_queries_are) {
  Posted large(kForm, std::string((1u << 20) + 1, 'a'));
  BOOST_CHECK_THROW(api::read_form(large), Error);
  Posted broken(kForm, "a=%zz");
  BOOST_CHECK_THROW(api::read_form(broken), Error);
}

BOOST_AUTO_TEST_CASE(a_text_with_a_nul_is_refused_by_its_fields_name) {
  BOOST_TEST(refusal(R"({"HostConfig":{"Binds":["/x:/y","/tmp/q\u0000b:/x"]}})") ==
             "HostConfig.Binds[1]: must not contain a NUL");
  BOOST_TEST(refusal(R"({"DriverOpts":{"device":"/\u0000"}})") ==
             "DriverOpts.device: must not contain a NUL");
  BOOST_TEST(refusal(R"({"DriverOpts":{"a\u0000b":"c"}})") ==
             "DriverOpts: keys must not contain a NUL");
  BOOST_TEST(refusal(R"({"a":"\\u0000"})") == "accepted");
  BOOST_TEST(refusal(R"({"a":"\u0001"})") == "accepted");
}

BOOST_AUTO_TEST_SUITE_END()

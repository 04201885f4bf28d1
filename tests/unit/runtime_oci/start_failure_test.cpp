#include "containers/start_failure.hpp"

#include <boost/test/unit_test.hpp>

using namespace gantry::oci;

namespace {

struct Case {
  const char* log;
  gantry_errc code;
  const char* message;
};

void check(const Case& wanted, const char* program = "tool") {
  const Error error = start_failure(wanted.log, program);
  BOOST_TEST(error.code() == wanted.code);
  BOOST_TEST(std::string(error.what()) == wanted.message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(start_failures)

BOOST_AUTO_TEST_CASE(runc_is_quoted_with_the_name_of_its_create) {
  check({R"({"level":"warning","msg":"deprecated"}
{"level":"error","msg":"runc run failed: unable to start container process: exec: \"tool\": executable file not found in $PATH"})",
         GANTRY_NOT_FOUND,
         "runc create failed: unable to start container process: exec: \"tool\": executable file "
         "not found in $PATH"});
  check({R"({"level":"error","msg":"runc run failed: cgroup: Device or resource busy"})",
         GANTRY_INTERNAL, "runc create failed: cgroup: Device or resource busy"});
}

BOOST_AUTO_TEST_CASE(crun_speaks_as_clients_know_it) {
  constexpr char kPrefix[] = "crun create failed: unable to start container process: exec: ";
  check(
      {R"({"level":"error","msg":"executable file `tool` not found in $PATH: No such file or directory"})",
       GANTRY_NOT_FOUND,
       (kPrefix + std::string("\"tool\": executable file not found in $PATH")).c_str()});
  check(
      {R"({"level":"error","msg":"executable file `/tool` not found in $PATH: No such file or directory"})",
       GANTRY_NOT_FOUND,
       (kPrefix + std::string("\"/tool\": stat /tool: no such file or directory")).c_str()},
      "/tool");
  for (const char* why : {"Permission denied", "Operation not permitted"})
    check({(R"({"level":"error","msg":"open executable: )" + std::string(why) + "\"}").c_str(),
           GANTRY_PERMISSION, (kPrefix + std::string("\"tool\": permission denied")).c_str()});
  check({R"({"level":"error","msg":"open executable: Not a directory"})", GANTRY_INVALID,
         (kPrefix + std::string("\"/etc/passwd/x\": stat /etc/passwd/x: not a directory")).c_str()},
        "/etc/passwd/x");
  for (const char* why : {"the path `/etc` is not a regular file: Operation not permitted",
                          "the path `/etc/a` exists but it is not executable: Permission denied"})
    check({(R"({"level":"error","msg":")" + std::string(why) + "\"}").c_str(), GANTRY_PERMISSION,
           (kPrefix + std::string("\"tool\": permission denied")).c_str()});
  check({R"({"level":"error","msg":"exec container process `/tool`: No such file or directory"})",
         GANTRY_NOT_FOUND, "exec container process `/tool`: no such file or directory"});
  check({R"({"level":"error","msg":"mount `/a` to `b`: Not a directory"})", GANTRY_INVALID,
         "mount `/a` to `b`: not a directory"});
}

BOOST_AUTO_TEST_CASE(what_is_no_log_is_the_message_itself) {
  check({"broken pipe\n", GANTRY_INTERNAL, "broken pipe"});
  check({"read: EOF", GANTRY_INTERNAL, "read: EOF"});
  check({"", GANTRY_INTERNAL, ""});
}

BOOST_AUTO_TEST_CASE(of_a_long_message_both_ends_are_quoted_in_whole_characters) {
  for (int shift = 0; shift < 3; ++shift) {
    std::string words(static_cast<std::size_t>(shift), 'x');
    for (int i = 0; i < 300; ++i) words += "\u20ac";
    const std::string told = start_failure(words, "tool").what();
    BOOST_TEST(told.size() > 490u);
    const std::string head = told.substr(0, told.find(" ... "));
    const std::string tail = told.substr(head.size() + 5);
    BOOST_TEST(head == words.substr(0, head.size()));
    BOOST_TEST((head.size() - static_cast<std::size_t>(shift)) % 3 == 0u);
    BOOST_TEST(tail.size() % 3 == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_start_that_lacked_a_thread_of_the_runtimes_own_may_be_tried_again) {
  const std::string_view dead =
      R"({"level":"error","msg":"runc run failed: container process is already dead"})";
  BOOST_TEST(lacked_a_thread(dead, 1));
  BOOST_TEST(lacked_a_thread(dead, 16));
  BOOST_TEST(!lacked_a_thread(dead, 17));
  BOOST_TEST(!lacked_a_thread(dead, 0));
  BOOST_TEST(!lacked_a_thread(R"({"level":"error","msg":"runc run failed: exec: \"tool\""})", 1));
}

BOOST_AUTO_TEST_SUITE_END()

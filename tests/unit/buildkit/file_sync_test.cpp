// Files of a client's directory, from a client that a script plays.
#include "core/buildkit/file_sync.hpp"

#include <mutex>
#include <numeric>

#include "tests/unit/buildkit/file_packets.hpp"
#include "tests/unit/buildkit/session_client.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

namespace {

constexpr const char* kMethod = "/moby.filesync.v1.FileSync/DiffCopy";

struct Content {
  Stat stat;
  std::string bytes{};
};
using Contents = std::vector<Content>;

Content file(const std::string& path, const std::string& bytes) {
  return {{.path = path, .size = static_cast<std::int64_t>(bytes.size())}, bytes};
}

Packet next_packet(Call& call) {
  Packet received;
  received.ParseFromString(call.receive().value());
  return received;
}

void tell(Call& call, const Contents& files) {
  for (const Content& file : files) call.send(file.stat.packet());
  call.send(all_told());
}

Status end_well(Call& call) {
  call.send(finish());
  while (call.receive()) {
  }
  return {};
}

/// Answers each request before the next.
Status answer_in_turn(Call& call, const Contents& files) {
  tell(call, files);
  for (Packet asked = next_packet(call); asked.type() == Packet::REQUEST;
       asked = next_packet(call)) {
    const std::string& bytes = files.at(asked.id()).bytes;
    for (std::size_t at = 0; at < bytes.size(); at += 32u << 10)
      call.send(data(asked.id(), bytes.substr(at, 32u << 10)));
    call.send(end_of(asked.id()));
  }
  return end_well(call);
}

/// Waits until `count` files are asked for, and gives pieces of all of them by turns, last first.
Status answer_mixed(Call& call, const Contents& files, std::size_t count) {
  tell(call, files);
  std::vector<std::uint32_t> asked;
  while (asked.size() < count) asked.push_back(next_packet(call).id());
  std::size_t open = asked.size();
  for (std::size_t at = 0; open > 0; ++at)
    for (auto id = asked.rbegin(); id != asked.rend(); ++id) {
      const std::string& bytes = files.at(*id).bytes;
      if (at > bytes.size()) continue;
      call.send(data(*id, bytes.substr(at, 1)));  // an empty one at its end
      if (at == bytes.size()) --open;
    }
  next_packet(call);
  return end_well(call);
}

struct Receiving {
  TemporaryDirectory directory;
  build::SourceTree tree{directory.path()};
  std::uint64_t progress = 0;

  void from(grpc::Handler client, const FileSelection& selection = {"context"},
            const std::string& shared_key = {}) {
    SessionClient other({kMethod}, std::move(client), shared_key);
    receive_files(other.session(), selection, tree, [&](std::uint64_t bytes) { progress = bytes; },
                  {});
  }
  std::string refusal(Errc expected, const grpc::Handler& client) {
    return error_text(expected, [&] { from(client); });
  }
};

/// A client that is built from again and again.
struct Again : Receiving {
  KnownFiles known;
  std::string asked;  // for contents, the last time

  void from_again(const Contents& files, bool digests_suffice,
                  const std::string& shared_key = "key") {
    FileSelection selection{"context"};
    selection.known = &known;
    selection.digests_suffice = digests_suffice;
    asked.clear();
    from(
        [&](Call& call) {
          tell(call, files);
          Packet packet = next_packet(call);
          for (; packet.type() == Packet::REQUEST; packet = next_packet(call)) {
            asked += files.at(packet.id()).stat.path + " ";
            call.send(data(packet.id(), files.at(packet.id()).bytes));
            call.send(end_of(packet.id()));
          }
          return end_well(call);
        },
        selection, shared_key);
  }
  void forget_tree() { tree = build::SourceTree(directory.path()); }
};

Content old_file(const std::string& path, const std::string& bytes) {
  Content made = file(path, bytes);
  made.stat.mtime = 1'600'000'000'000'000'001;
  return made;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files_of_clients, Receiving)

BOOST_AUTO_TEST_CASE(a_directory_comes_with_all_that_is_in_it) {
  const Contents files = {{{.path = "d", .mode = kGoDirectory | 0750}},
                          file("d/a", "content of a"),
                          file("d/empty", ""),
                          {{.path = "d/l", .mode = kGoSymlink | 0777, .link = "../x"}},
                          file("x", "x")};
  from([&](Call& call) { return answer_in_turn(call, files); });
  BOOST_TEST(listing(tree) == "d/ d/a=content of a d/empty= d/l->../x x=x");
  BOOST_TEST(tree.find("d")->entry.mode == 0750u);
  BOOST_TEST(progress == 13u);
}

BOOST_AUTO_TEST_CASE(a_directory_may_be_empty) {
  from([](Call& call) { return answer_in_turn(call, {}); });
  BOOST_TEST(listing(tree) == "");
  BOOST_TEST(progress == 0u);
}

BOOST_AUTO_TEST_CASE(the_client_is_told_which_files_are_wanted) {
  grpc::Metadata asked;
  from(
      [&](Call& call) {
        asked = call.metadata();
        return answer_in_turn(call, {});
      },
      {"my dir", {"*.o", "!keep.o"}, {"\xc3\xa4"}});
  std::string text;
  for (const auto& [name, value] : asked)
    if (name != "user-agent") text += name + "=" + value + "|";
  BOOST_TEST(text ==
             "dir-name=my dir|exclude-patterns=*.o|exclude-patterns=!keep.o|"
             "followpaths=\xc3\xa4|");
}

BOOST_AUTO_TEST_CASE(a_client_without_files_is_not_asked) {
  SessionClient other({"/other/Method"}, [](Call&) { return Status(); });
  BOOST_TEST(error_text(Errc::unsupported, [&] {
               receive_files(other.session(), {"context"}, tree, [](auto) {}, {});
             }) == std::string("the client does not offer ") + kMethod);
}

BOOST_AUTO_TEST_CASE(many_small_files_may_come_in_pieces_of_all_of_them) {
  Contents files;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "f" + std::to_string(1000 + i);
    files.push_back(file(name, std::string(static_cast<std::size_t>(i % 7), 'a') + name));
    expected += (i == 0 ? "" : " ") + name + "=" + files.back().bytes;
  }
  from([&](Call& call) { return answer_mixed(call, files, files.size()); });
  BOOST_TEST(listing(tree) == expected);
}

BOOST_AUTO_TEST_CASE(more_files_than_are_asked_for_at_once_come_as_well) {
  Contents files;
  for (int i = 0; i < 3000; ++i)
    files.push_back(file("d/" + std::to_string(i), std::to_string(i * 7)));
  from([&](Call& call) { return answer_in_turn(call, files); });
  for (const Content& one : files) {
    const build::SourceFile* found = tree.find(one.stat.path);
    BOOST_TEST_REQUIRE(found != nullptr);
    BOOST_TEST(tree.text(*found, 100) == one.bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_large_file_comes_between_small_ones) {
  std::string large(40u << 20, '\0');
  for (std::size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>(i >> 12);
  const Contents files = {file("a", "1"), file("b", large), file("c", "2")};
  from([&](Call& call) { return answer_in_turn(call, files); });
  BOOST_TEST(tree.text(*tree.find("a"), 1) == "1");
  BOOST_TEST((tree.text(*tree.find("b"), large.size()) == large));
  BOOST_TEST(tree.text(*tree.find("c"), 1) == "2");
  BOOST_TEST(progress == large.size() + 2);
}

BOOST_AUTO_TEST_CASE(files_are_asked_for_while_others_are_still_told) {
  // The client tells of the second only when it is asked for the first.
  from([](Call& call) {
    call.send(Stat{.path = "a", .size = 1}.packet());
    const Packet first = next_packet(call);
    call.send(Stat{.path = "b", .size = 1}.packet());
    const Packet second = next_packet(call);
    call.send(data(first.id(), "1"));
    call.send(all_told());
    call.send(data(second.id(), "2"));
    call.send(end_of(second.id()));
    call.send(end_of(first.id()));
    next_packet(call);
    return end_well(call);
  });
  BOOST_TEST(listing(tree) == "a=1 b=2");
}

BOOST_AUTO_TEST_CASE(what_the_client_reports_is_the_error) {
  BOOST_TEST(refusal(Errc::invalid, [](Call& call) {
               call.send(packet(Packet::ERROR, 0, "permission denied"));
               return end_well(call);
             }) == "error from sender: permission denied");
  BOOST_TEST(refusal(Errc::not_found, [](Call&) {
               return Status{grpc::Code::not_found, "no access allowed to dir \"context\""};
             }) == "no access allowed to dir \"context\"");
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_in_the_middle_is_an_error) {
  const std::string why = "the client ended a transfer of files in the middle";
  BOOST_TEST(refusal(Errc::invalid, [](Call&) { return Status(); }) == why);
  BOOST_TEST(refusal(Errc::invalid, [](Call& call) {
               tell(call, {file("a", "1")});
               call.send(data(next_packet(call).id(), "1"));
               return Status();
             }) == why);
  BOOST_TEST(listing(tree) == "");  // what has not come to its end is not there
}

BOOST_AUTO_TEST_CASE(a_client_that_breaks_off_is_an_error) {
  SessionClient* other = nullptr;
  SessionClient client({kMethod}, [&](Call& call) {
    tell(call, {file("a", "1")});
    next_packet(call);
    other->go();
    return Status();
  });
  other = &client;
  error_text(Errc::unavailable,
             [&] { receive_files(client.session(), {"context"}, tree, [](auto) {}, {}); });
}

BOOST_AUTO_TEST_CASE(a_transfer_can_be_stopped_while_the_client_is_silent) {
  std::stop_source stop;
  Flag told;
  SessionClient client({kMethod}, [&](Call& call) {
    tell(call, {file("a", "1")});
    next_packet(call);
    stop.request_stop();
    if (thrown_by([&] { call.receive(); }).code() == Errc::cancelled) told.raise();
    return Status();
  });
  error_text(Errc::cancelled, [&] {
    receive_files(
        client.session(), {"context"}, tree, [](auto) {}, stop.get_token());
  });
  told.wait();  // the client knows of it
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(files_that_are_known, Again)

BOOST_AUTO_TEST_CASE(their_digests_are_enough_where_nothing_reads_them) {
  const Contents files = {old_file("a", "1"), old_file("b", "22")};
  from_again(files, true);
  BOOST_TEST(asked == "a b ");
  const std::string digest = tree.find("b")->digest;
  forget_tree();
  from_again(files, true);
  BOOST_TEST(asked == "");
  BOOST_TEST(tree.find("b")->digest == digest);
  BOOST_TEST(tree.find("b")->entry.size == 2u);
  BOOST_TEST(tree.lacks_content("b"));
  BOOST_TEST(tree.lacks_content(""));
  BOOST_TEST(error_text(Errc::invalid, [&] { tree.text(*tree.find("b"), 9); }) ==
             "a file was removed during the build");
}

BOOST_AUTO_TEST_CASE(contents_come_once) {
  const Contents files = {old_file("a", "1"), old_file("b", "22"), {{.path = "l", .link = "a"}}};
  from_again(files, true);
  forget_tree();
  from_again(files, true);
  from_again(files, false);
  BOOST_TEST(asked == "a b ");
  BOOST_TEST(listing(tree) == "a=1 b=22 l=1");
  BOOST_TEST(!tree.lacks_content(""));
  from_again({old_file("a", "1"), old_file("b", "333")}, false);
  BOOST_TEST(asked == "b ");
  BOOST_TEST(listing(tree) == "a=1 b=333 l=1");
}

BOOST_AUTO_TEST_CASE(attributes_are_those_that_are_told_now) {
  Content file = old_file("a", "1");
  from_again({file}, true);
  file.stat.mode = 0755;
  from_again({file}, true);
  BOOST_TEST(asked == "");
  BOOST_TEST(tree.find("a")->entry.mode == 0755u);
  BOOST_TEST(!tree.lacks_content("a"));
}

BOOST_AUTO_TEST_CASE(a_file_that_grew_while_it_was_read_is_not_remembered) {
  Content file = old_file("a", "1");
  file.stat.size = 2;
  from_again({file}, true);
  from_again({file}, true);
  BOOST_TEST(asked == "a ");
}

BOOST_AUTO_TEST_CASE(clients_that_cannot_be_told_apart_send_all) {
  for (int i = 0; i < 2; ++i) {
    from_again({old_file("a", "1")}, true, "");
    BOOST_TEST(asked == "a ");
  }
  from_again({old_file("a", "1")}, true, "one");
  from_again({old_file("a", "1")}, true, "other");
  BOOST_TEST(asked == "a ");
}

BOOST_AUTO_TEST_SUITE_END()

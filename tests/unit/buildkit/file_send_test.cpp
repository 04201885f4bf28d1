// Results that go to a client, which a script plays.
#include "core/buildkit/file_send.hpp"

#include "core/buildkit/file_mode.hpp"
#include "tests/unit/build/tree_of.hpp"
#include "tests/unit/buildkit/file_packets.hpp"
#include "tests/unit/buildkit/session_client.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using namespace gantry::test;
using grpc::Call;
using grpc::Status;

namespace {

constexpr const char* kMethod = "/moby.filesync.v1.FileSend/DiffCopy";

Packet next_packet(Call& call) {
  Packet received;
  received.ParseFromString(call.receive().value());
  return received;
}

std::vector<Packet> take_stats(Call& call) {
  std::vector<Packet> all;
  for (Packet told = next_packet(call); told.has_stat(); told = next_packet(call))
    all.push_back(told);
  return all;
}

std::string take_content(Call& call, std::uint32_t id) {
  std::string content;
  call.send(request(id));
  for (Packet piece = next_packet(call); !piece.data().empty(); piece = next_packet(call)) {
    if (piece.type() != Packet::DATA || piece.id() != id) throw Error(Errc::invalid, "other data");
    content += piece.data();
  }
  return content;
}

Status end_well(Call& call) {
  call.send(finish());
  if (next_packet(call).type() != Packet::FINISH) return {grpc::Code::internal, "no end"};
  return call.receive() ? Status{grpc::Code::internal, "more behind the end"} : Status();
}

void send_to(const build::SourceTree& files, grpc::Handler client,
             const std::stop_token& stop = {}) {
  SessionClient other({kMethod}, std::move(client));
  send_files(other.session(), 3, files, stop);
}

std::string refusal(Errc expected, const build::SourceTree& files, const grpc::Handler& client) {
  return error_text(expected, [&] { send_to(files, client); });
}

std::string large_content() {
  std::string content(3u << 20, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  return content;
}

struct Small : TreeOf {
  Small() : TreeOf({RawEntry{.name = "a", .content = "1"}, RawEntry{.name = "d/b"}}) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(files_for_clients)

BOOST_AUTO_TEST_CASE(directories_come_in_front_of_what_is_in_them_and_that_right_behind) {
  const TreeOf made({RawEntry{.name = "d-e"}, RawEntry{.name = "d.f"}, RawEntry{.name = "d/a/x"},
                     RawEntry{.name = "d/a-b"}, RawEntry{.name = "d", .type = '5'},
                     RawEntry{.name = "c"}});
  std::string told, exporter;
  send_to(made.tree, [&](Call& call) {
    for (const auto& [name, value] : call.metadata())
      if (name == "buildkit-attachable-exporter-id") exporter = value;
    for (const Packet& packet : take_stats(call)) told += packet.stat().path() + " ";
    return end_well(call);
  });
  BOOST_TEST(told == "c d d/a d/a/x d/a-b d-e d.f ");
  BOOST_TEST(exporter == "3");
}

BOOST_AUTO_TEST_CASE(all_that_is_known_of_a_file_is_told) {
  const TreeOf made({RawEntry{.name = "f",
                              .content = "hello",
                              .mode = 04755,
                              .uid = 5,
                              .gid = 6,
                              .mtime = 1'000'000'000,
                              .pax = {{"SCHILY.xattr.user.k", "v"}}},
                     RawEntry{.name = "l", .type = '2', .link = "../f"},
                     RawEntry{.name = "p", .type = '6'}});
  std::vector<Packet> told;
  send_to(made.tree, [&](Call& call) {
    told = take_stats(call);
    return end_well(call);
  });
  BOOST_TEST_REQUIRE(told.size() == 3u);
  const auto& file = told[0].stat();
  BOOST_TEST(file.mode() == (1u << 23 | 0755));
  BOOST_TEST(file.uid() == 5u);
  BOOST_TEST(file.gid() == 6u);
  BOOST_TEST(file.size() == 5);
  BOOST_TEST(file.mtime() == 1'000'000'000'000'000'000);
  BOOST_TEST(file.xattrs().at("user.k") == "v");
  BOOST_TEST(file.link_name() == "");
  BOOST_TEST((kind_of(told[1].stat().mode()) == images::ArchiveEntry::Kind::symlink));
  BOOST_TEST(told[1].stat().link_name() == "../f");
  BOOST_TEST((kind_of(told[2].stat().mode()) == images::ArchiveEntry::Kind::fifo));
}

BOOST_AUTO_TEST_CASE(contents_come_for_what_is_asked_for) {
  const std::string large = large_content();
  const TreeOf made({RawEntry{.name = "a", .content = large}, RawEntry{.name = "b"},
                     RawEntry{.name = "c", .content = "ccc"}});
  std::vector<std::string> got;
  send_to(made.tree, [&](Call& call) {
    take_stats(call);
    for (const std::uint32_t id : {2u, 1u, 0u, 2u}) got.push_back(take_content(call, id));
    return end_well(call);
  });
  BOOST_TEST((got == std::vector<std::string>{"ccc", "", large, "ccc"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_a_result_as_well) {
  const TreeOf made{std::vector<RawEntry>()};
  std::size_t count = 9;
  send_to(made.tree, [&](Call& call) {
    count = take_stats(call).size();
    return end_well(call);
  });
  BOOST_TEST(count == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_none_is_refused, Small) {
  for (const std::uint32_t id : {1u, 3u, 4294967295u})  // a directory, and what was not told
    BOOST_TEST(refusal(Errc::invalid, tree, [&](Call& call) {
                 take_stats(call);
                 call.send(request(id));
                 while (call.receive()) {
                 }
                 return Status();
               }) == "the client asks for a file that is none");
}

BOOST_FIXTURE_TEST_CASE(what_the_client_reports_is_the_error, Small) {
  BOOST_TEST(refusal(Errc::invalid, tree, [](Call& call) {
               take_stats(call);
               call.send(packet(Packet::ERROR, 0, "disk is full"));
               while (call.receive()) {
               }
               return Status();
             }) == "error from receiver: disk is full");
  BOOST_TEST(refusal(Errc::permission, tree, [](Call& call) {
               take_stats(call);
               return Status{grpc::Code::permission_denied, "read only"};
             }) == "read only");
  BOOST_TEST(refusal(Errc::invalid, tree, [](Call& call) {
               take_stats(call);
               call.send("\xff\xff");
               while (call.receive()) {
               }
               return Status();
             }) == "the client sent a packet that cannot be read");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_ends_in_the_middle_is_an_error, Small) {
  BOOST_TEST(refusal(Errc::invalid, tree, [](Call& call) {
               take_stats(call);
               take_content(call, 0);
               return Status();
             }) == "the client ended a transfer of files in the middle");
}

BOOST_FIXTURE_TEST_CASE(a_client_that_asks_after_its_end_is_refused, Small) {
  BOOST_TEST(refusal(Errc::invalid, tree, [](Call& call) {
               take_stats(call);
               call.send(finish());
               next_packet(call);
               call.send(request(0));
               while (call.receive()) {
               }
               return Status();
             }) == "the client asks for more than it wanted");
}

BOOST_FIXTURE_TEST_CASE(a_transfer_can_be_stopped_while_the_client_is_silent, Small) {
  std::stop_source stop;
  error_text(Errc::cancelled, [&] {
    send_to(
        tree,
        [&](Call& call) {
          take_stats(call);
          stop.request_stop();
          call.receive();
          return Status();
        },
        stop.get_token());
  });
}

BOOST_FIXTURE_TEST_CASE(after_a_stop_nothing_is_sent, Small) {
  std::stop_source stop;
  stop.request_stop();
  SessionClient other({kMethod}, [](Call& call) {
    while (call.receive()) {
    }
    return Status();
  });
  error_text(Errc::cancelled, [&] { send_files(other.session(), 0, tree, stop.get_token()); });
  error_text(Errc::cancelled, [&] { send_archive(other.session(), 0, tree, stop.get_token()); });
}

BOOST_AUTO_TEST_CASE(a_tar_comes_in_pieces) {
  const TreeOf made({RawEntry{.name = "a", .content = large_content()},
                     RawEntry{.name = "d/l", .type = '2', .link = "x"},
                     RawEntry{.name = "d/same", .type = '1', .link = "a"}});
  std::string tar, exporter;
  {
    SessionClient other({kMethod}, [&](Call& call) {
      for (const auto& [name, value] : call.metadata())
        if (name == "buildkit-attachable-exporter-id") exporter = value;
      proto::BytesMessage piece;
      while (const auto message = call.receive()) {
        piece.ParseFromString(*message);
        tar += piece.data();
      }
      return Status();
    });
    send_archive(other.session(), 12, made.tree, {});
  }
  BOOST_TEST(exporter == "12");
  const TreeOf again(tar);
  BOOST_TEST((again.tree.text(*again.tree.find("a"), 4u << 20) == large_content()));
  BOOST_TEST(again.tree.find("d/l")->entry.link == "x");
  BOOST_TEST(again.tree.find("d/same")->is_other_name);
}

BOOST_FIXTURE_TEST_CASE(a_tar_that_the_client_cannot_keep_is_an_error, Small) {
  SessionClient other({kMethod}, [](Call& call) {
    call.receive();
    return Status{grpc::Code::unknown, "disk is full"};
  });
  bool failed = false;
  try {
    send_archive(other.session(), 0, tree, {});
  } catch (const Error& error) {
    failed = std::string(error.what()) == "disk is full";
  }
  BOOST_TEST(failed);
}

BOOST_AUTO_TEST_SUITE_END()

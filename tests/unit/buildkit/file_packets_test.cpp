// What clients send for files, packet by packet.
#include "tests/unit/buildkit/file_packets.hpp"

#include <algorithm>

#include "core/base/digest.hpp"
#include "core/buildkit/file_sync.hpp"
#include "tests/unit/buildkit/packet_call.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::buildkit;
using namespace gantry::test;
using Kind = images::ArchiveEntry::Kind;
using List = std::vector<std::string>;

namespace {

struct Reading {
  TemporaryDirectory directory;
  build::SourceTree tree{directory.path()};
  std::vector<std::uint64_t> progress;
  List sent;

  void read(const List& packets, const std::stop_token& stop = {}) {
    PacketCall call(packets);
    const auto keep = [&] {
      for (const std::string& text : call.sent) {
        Packet packet;
        packet.ParseFromString(text);
        sent.push_back(name_of(packet));
      }
    };
    try {
      receive_packets(
          call, tree, [&](std::uint64_t bytes) { progress.push_back(bytes); }, stop);
    } catch (const Error&) {
      keep();
      throw;
    }
    keep();
    BOOST_TEST(call.ended);
  }
  std::string refusal(const List& packets) {
    return error_text(Errc::invalid, [&] { read(packets); });
  }
  std::size_t requests() const {
    return static_cast<std::size_t>(std::count_if(
        sent.begin(), sent.end(), [](const auto& name) { return name.starts_with("REQUEST"); }));
  }
};

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(packets_of_files, Reading)

BOOST_AUTO_TEST_CASE(only_the_contents_of_files_are_asked_for) {
  read({Stat{"d", kGoDirectory | 0755}.packet(), Stat{"d/a", 0644, 2}.packet(),
        Stat{"d/l", kGoSymlink | 0777, 0, "a"}.packet(), Stat{"d/z", 0600, 0}.packet(), all_told(),
        data(1, "1"), data(1, "2"), end_of(1), end_of(3), finish()});
  BOOST_TEST(listing(tree) == "d/ d/a=12 d/l->a d/z=");
  BOOST_TEST(sent == (List{"REQUEST 1", "REQUEST 3", "FINISH"}), boost::test_tools::per_element());
  BOOST_TEST(progress == (std::vector<std::uint64_t>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_that_is_told_of_a_file_is_kept) {
  Packet told;
  auto& stat = *told.mutable_stat();
  stat.set_path("a\xff");
  stat.set_mode(1u << 23 | 0755);
  stat.set_uid(4294967295u);
  stat.set_gid(7);
  stat.set_size(100);
  stat.set_mtime(1'000'000'000'250'000'000);
  for (const char* name : {"user.k", "security.capability", "security.selinux", "trusted.x"})
    (*stat.mutable_xattrs())[name] = std::string("v\0", 2);
  read({told.SerializeAsString(), all_told(), data(0, "hello"), end_of(0), finish()});
  const build::SourceFile& file = *tree.find("a\xff");
  BOOST_TEST((file.entry.kind == Kind::file));
  BOOST_TEST(file.entry.mode == 04755u);
  BOOST_TEST(file.entry.uid == 4294967295u);
  BOOST_TEST(file.entry.gid == 7u);
  BOOST_TEST(file.entry.mtime == 1'000'000'000'250'000'000);
  BOOST_TEST(file.entry.size == 5u);  // what came counts, not what was told
  BOOST_TEST(file.digest == sha256_hex("hello"));
  auto attributes = file.entry.attributes();
  std::sort(attributes.begin(), attributes.end());
  BOOST_TEST_REQUIRE(attributes.size() == 2u);
  BOOST_TEST(attributes[0].first == "security.capability");
  BOOST_TEST(attributes[1].first == "user.k");
  BOOST_TEST(attributes[1].second == std::string("v\0", 2));
}

BOOST_AUTO_TEST_CASE(devices_and_pipes_are_kept_and_sockets_are_not) {
  Packet device;
  device.mutable_stat()->set_path("dev");
  device.mutable_stat()->set_mode(kGoDevice | kGoCharacter | 0666);
  device.mutable_stat()->set_device_major(1);
  device.mutable_stat()->set_device_minor(3);
  read({device.SerializeAsString(), Stat{"disk", kGoDevice | 0660}.packet(),
        Stat{"pipe", kGoPipe | 0600}.packet(), Stat{"socket", kGoSocket | 0755}.packet(),
        Stat{"z", 0644, 1}.packet(), all_told(), data(4, "1"), end_of(4), finish()});
  BOOST_TEST((tree.find("dev")->entry.kind == Kind::character_device));
  BOOST_TEST(tree.find("dev")->entry.major == 1u);
  BOOST_TEST(tree.find("dev")->entry.minor == 3u);
  BOOST_TEST((tree.find("disk")->entry.kind == Kind::block_device));
  BOOST_TEST((tree.find("pipe")->entry.kind == Kind::fifo));
  BOOST_TEST(tree.find("socket") == nullptr);
  BOOST_TEST(tree.text(*tree.find("z"), 1) == "1");  // the socket has a number as well
}

BOOST_AUTO_TEST_CASE(hard_links_are_other_names_of_files_in_front_of_them) {
  read({Stat{"a", 0640, 1}.packet(), Stat{"b", 0640, 1, "a"}.packet(), Stat{"c", 0644, 1}.packet(),
        Stat{"d", 0640, 1, "b"}.packet(), all_told(), data(0, "1"), end_of(0), data(2, "2"),
        end_of(2), finish()});
  BOOST_TEST(listing(tree) == "a=1 b=1 c=2 d=1");
  BOOST_TEST(tree.find("d")->entry.mode == 0640u);
  BOOST_TEST(sent == (List{"REQUEST 0", "REQUEST 2", "FINISH"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(links_to_what_is_not_there_are_refused) {
  for (const char* target : {"missing", "l", "../etc/passwd", "d"}) {
    Reading reading;
    BOOST_TEST(reading.refusal({Stat{"d", kGoDirectory | 0755}.packet(),
                                Stat{"l", 0644, 0, target}.packet(), all_told(), finish()}) ==
               "\"l\" is a link to " + quoted(target) + ", which is not there");
  }
}

BOOST_AUTO_TEST_CASE(paths_that_climb_out_are_refused) {
  for (const std::string path : {"../x", "", "a/../../b", "..", "/..", "."})
    for (const std::uint32_t mode : {0644u, kGoDirectory | 0755, kGoSymlink | 0777}) {
      Reading reading;
      BOOST_TEST(reading.refusal({Stat{path, mode, 0, mode == 0644u ? "" : "x"}.packet(),
                                  all_told(), end_of(0), finish()}) ==
                 "invalid file name: " + quoted(path));
      BOOST_TEST(listing(reading.tree) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_slash_in_front_is_the_root_of_the_directory) {
  read({Stat{"/x", 0644, 1}.packet(), all_told(), data(0, "1"), end_of(0), finish()});
  BOOST_TEST(listing(tree) == "x=1");
}

BOOST_AUTO_TEST_CASE(names_with_a_zero_are_refused) {
  const std::string zero("..\0x", 4);
  for (const Stat& stat : {Stat{zero, 0644}, Stat{zero, kGoDirectory | 0755},
                           Stat{"l", kGoSymlink | 0777, 0, zero}, Stat{"l", 0644, 0, zero}})
    BOOST_TEST(refusal({stat.packet(), all_told()}) ==
               "the client told of a file whose name has a zero in it");
}

BOOST_AUTO_TEST_CASE(data_of_a_file_nobody_asked_for_is_refused) {
  const std::string why = "data of a file nobody asked for";
  const std::string one = Stat{"a", 0644, 1}.packet();
  BOOST_TEST(refusal({data(0, "1")}) == why);
  BOOST_TEST(refusal({one, data(1, "1")}) == why);
  BOOST_TEST(refusal({Stat{"d", kGoDirectory}.packet(), data(0, "1")}) == why);
  BOOST_TEST(refusal({one, all_told(), data(0, "1"), end_of(0), data(0, "2")}) == why);
  BOOST_TEST(refusal({one, Stat{"b", 0644, 1, "a"}.packet(), all_told(), data(1, "1")}) == why);
}

BOOST_AUTO_TEST_CASE(packets_that_are_none_are_refused) {
  const std::string unreadable = "the client sent a packet that cannot be read";
  BOOST_TEST(refusal({"\xff\xff\xff"}) == unreadable);
  BOOST_TEST(refusal({all_told(), "\x08"}) == unreadable);
  for (const std::string& other : {request(0), packet(static_cast<Packet::Type>(9))})
    BOOST_TEST(refusal({other}) == "the client sent an unknown packet");
  BOOST_TEST(refusal({all_told(), Stat{"a"}.packet()}) ==
             "the client told of a file after the last one");
}

BOOST_AUTO_TEST_CASE(an_end_in_the_middle_is_an_error_wherever_it_is) {
  const List whole = {Stat{"a", 0644, 1}.packet(), all_told(), data(0, "1"), end_of(0), finish()};
  for (std::size_t count = 0; count < whole.size(); ++count) {
    Reading reading;
    BOOST_TEST(reading.refusal({whole.begin(), whole.begin() + static_cast<long>(count)}) ==
               "the client ended a transfer of files in the middle");
  }
  read(whole);
  BOOST_TEST(listing(tree) == "a=1");
}

BOOST_AUTO_TEST_CASE(small_files_are_asked_for_in_advance_up_to_a_limit) {
  List packets;
  for (int i = 0; i < 1000; ++i) packets.push_back(Stat{"f" + std::to_string(i), 0644, 9}.packet());
  packets.push_back(all_told());
  refusal(packets);
  BOOST_TEST(requests() == 128u);
}

BOOST_AUTO_TEST_CASE(of_larger_files_fewer_are_asked_for_in_advance) {
  const std::pair<std::int64_t, std::size_t> kTable[] = {
      {300'000, 3}, {1 << 20, 1}, {50 << 20, 1}, {(1 << 19) + 1, 1}, {INT64_MAX, 1}, {-1, 10}};
  for (const auto& [size, count] : kTable) {
    Reading reading;
    List packets;
    for (int i = 0; i < 10; ++i)
      packets.push_back(Stat{"f" + std::to_string(i), 0644, size}.packet());
    packets.push_back(all_told());
    reading.refusal(packets);
    BOOST_TEST(reading.requests() == count, size);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_is_read_to_its_end) {
  const std::string piece(1u << 20, 'x');
  List packets = {Stat{"a", 0644, 1}.packet(), all_told()};
  packets.insert(packets.end(), 20, data(0, piece));
  packets.insert(packets.end(), {end_of(0), finish()});
  read(packets);
  BOOST_TEST(tree.find("a")->entry.size == 20u << 20);
}

BOOST_AUTO_TEST_CASE(one_that_grows_while_another_is_waited_for_is_not_kept_in_memory) {
  const std::string piece(1u << 20, 'x');
  List packets = {Stat{"a", 0644, 1}.packet(), Stat{"b", 0644, 1}.packet(), all_told()};
  packets.insert(packets.end(), 17, data(1, piece));
  BOOST_TEST(refusal(packets) == "a file has grown while it was read");
}

BOOST_AUTO_TEST_CASE(a_stop_ends_it) {
  std::stop_source stop;
  stop.request_stop();
  error_text(Errc::cancelled, [&] { read({all_told(), finish()}, stop.get_token()); });
}

BOOST_AUTO_TEST_CASE(what_comes_later_takes_the_place_of_what_was_there) {
  read({Stat{"a", 0644, 1}.packet(), Stat{"a/b", 0644, 1}.packet(), all_told(), data(0, "1"),
        end_of(0), data(1, "2"), end_of(1), finish()});
  BOOST_TEST(listing(tree) == "a/ a/b=2");
}

BOOST_AUTO_TEST_SUITE_END()

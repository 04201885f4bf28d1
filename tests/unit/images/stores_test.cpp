// The blob store and the image store: what is there, what is needed, what is garbage.
#include <fstream>
#include <thread>

#include "core/base/digest.hpp"
#include "core/base/file.hpp"
#include "core/images/blob_store.hpp"
#include "core/images/content_leases.hpp"
#include "core/images/image_document.hpp"
#include "core/images/image_store.hpp"
#include "core/images/media_types.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/temporary_directory.hpp"

using namespace gantry;
using namespace gantry::images;
using gantry::test::error_text;

BOOST_AUTO_TEST_SUITE(stores)

namespace {

std::string digest(char c) { return "sha256:" + std::string(64, c); }

ImageRecord make_image(char id, const std::vector<char>& layers) {
  ImageConfig config;
  config.platform.architecture = "amd64";
  for (const char c : layers) config.diff_ids.push_back(digest(c));
  ImageRecord image = make_record({std::string(media::kOciConfig), digest(id), 1}, config);
  image.manifest = {std::string(media::kOciManifest), "sha256:" + sha256_hex(std::string(1, id)),
                    1};
  for (std::size_t i = 0; i < layers.size(); ++i) image.layers[i].blob.digest = digest(layers[i]);
  return image;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_blob_lies_under_its_digest) {
  const test::TemporaryDirectory directory;
  BlobStore blobs(directory.path());
  const Descriptor d = blobs.put("hello", "text/plain");
  BOOST_TEST(d.digest == "sha256:" + sha256_hex("hello"));
  BOOST_TEST(file::read(directory.path() / "blobs/sha256" / sha256_hex("hello")) == "hello");
  BOOST_TEST(*blobs.find_size(d.digest) == 5u);
  BOOST_TEST(blobs.list() == std::vector<std::string>{d.digest});
  BOOST_TEST(blobs.remove(d.digest) == 5u);
  BOOST_TEST(blobs.remove(d.digest) == 0u);
  error_text(Errc::invalid, [&] { blobs.open("sha256:../../etc/passwd"); });
}

BOOST_AUTO_TEST_CASE(wrong_content_is_dropped) {
  const test::TemporaryDirectory directory;
  BlobStore blobs(directory.path());
  const std::string wanted = "sha256:" + sha256_hex("right");
  {
    IncomingBlob incoming = blobs.resume(wanted);
    incoming.append("wrong", 5);
    BOOST_TEST(error_text(Errc::invalid, [&] { incoming.commit(wanted, "filesystem layer"); }) ==
               "filesystem layer verification failed for digest " + wanted);
  }
  BOOST_TEST(!blobs.find_size(wanted));
  BOOST_TEST(file::fs::is_empty(directory.path() / "partial"));
}

BOOST_AUTO_TEST_CASE(a_kept_part_is_continued) {
  const test::TemporaryDirectory directory;
  BlobStore blobs(directory.path());
  const std::string wanted = "sha256:" + sha256_hex("one two");
  {
    IncomingBlob incoming = blobs.resume(wanted);
    incoming.append("one ", 4);
    incoming.keep();
  }
  IncomingBlob incoming = blobs.resume(wanted);
  BOOST_TEST(incoming.size() == 4u);
  incoming.append("two", 3);
  incoming.commit(wanted, "x");
  BOOST_TEST(blobs.read(wanted, 100) == "one two");
}

BOOST_AUTO_TEST_CASE(a_blob_set_aside_can_be_resumed_whole) {
  const test::TemporaryDirectory directory;
  BlobStore blobs(directory.path());
  const std::string d = blobs.put("abc", "").digest;
  blobs.set_aside(d);
  BOOST_TEST(!blobs.find_size(d));
  IncomingBlob incoming = blobs.resume(d);
  BOOST_TEST(incoming.size() == 3u);
  incoming.commit(d, "x");
  BOOST_TEST(blobs.find_size(d).has_value());
}

BOOST_AUTO_TEST_CASE(old_parts_and_temporary_files_are_cleaned) {
  const test::TemporaryDirectory directory;
  BlobStore blobs(directory.path());
  {
    IncomingBlob part = blobs.resume(digest('a'));
    part.append("xx", 2);
    part.keep();
    IncomingBlob temporary = blobs.begin();
    temporary.append("yyy", 3);
    temporary.keep();
  }
  BOOST_TEST(blobs.clean_partial(std::chrono::hours(1)) == 0u);
  BOOST_TEST(blobs.clean_temporary() == 3u);
  BOOST_TEST(blobs.clean_partial(std::chrono::seconds(0)) == 2u);
}

BOOST_AUTO_TEST_CASE(images_are_found_by_every_form_of_reference) {
  const test::TemporaryDirectory directory;
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  store.commit(make_image('a', {'1'}),
               {parse_reference("x:latest"), parse_reference("x@" + digest('d'))});
  store.commit(make_image('b', {'2'}), {parse_reference("localhost:5000/y:v1")});
  const std::string a(64, 'a');
  for (const std::string& form :
       {std::string("x"), std::string("x:latest"), std::string("docker.io/library/x"),
        "x@" + digest('d'), "x:latest@" + digest('d'), a, "sha256:" + a, a.substr(0, 12),
        "sha256:" + a.substr(0, 6)})
    BOOST_TEST(store.get(form)->id == digest('a'), form);
  BOOST_TEST(store.get("localhost:5000/y:v1")->id == digest('b'));
  BOOST_TEST(error_text(Errc::not_found, [&] { store.get("y"); }) == "No such image: y:latest");
  BOOST_TEST(error_text(Errc::not_found, [&] { store.get("docker.io/library/z:1"); }) ==
             "No such image: z:1");
  BOOST_TEST(error_text(Errc::not_found, [&] { store.get(digest('9')); }) ==
             "No such image: " + digest('9'));
  BOOST_TEST(error_text(Errc::invalid, [&] { store.get("x:y:z"); }) == "invalid reference format");
}

BOOST_AUTO_TEST_CASE(an_ambiguous_prefix_names_nothing) {
  const test::TemporaryDirectory directory;
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  ImageRecord one = make_image('a', {}), two = make_image('a', {});
  one.id = "sha256:abc" + std::string(61, '0');
  two.id = "sha256:abc" + std::string(61, '1');
  store.commit(one, {});
  store.commit(two, {});
  error_text(Errc::not_found, [&] { store.get("abc"); });
  BOOST_TEST(store.get("abc0")->id == one.id);
}

BOOST_AUTO_TEST_CASE(familiar_names_stand_in_the_order_of_their_full_names) {
  const test::TemporaryDirectory directory;
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  store.commit(make_image('a', {}), {parse_reference("box:2"), parse_reference("zoo/keeper:1"),
                                     parse_reference("localhost:5000/box:1")});
  store.tag(digest('a'), parse_reference("another"));
  const std::vector<std::string> expected{"another:latest", "box:2", "zoo/keeper:1",
                                          "localhost:5000/box:1"};
  BOOST_TEST(store.get("box:2")->repo_tags == expected);
  const std::vector<std::string> without_box{"another:latest", "zoo/keeper:1",
                                             "localhost:5000/box:1"};
  store.untag(parse_reference("box:2"));
  BOOST_TEST(store.get("another")->repo_tags == without_box);
}

BOOST_AUTO_TEST_CASE(a_name_moves_and_the_old_image_loses_it) {
  const test::TemporaryDirectory directory;
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  const ImagePtr old = store.commit(make_image('a', {}), {parse_reference("x:1")});
  BOOST_TEST(old->repo_tags == std::vector<std::string>{"x:1"});
  store.commit(make_image('b', {}), {parse_reference("x:1")});
  BOOST_TEST(store.get("x:1")->id == digest('b'));
  BOOST_TEST(store.find_id(digest('a'))->repo_tags.empty());
  BOOST_TEST(old->repo_tags.size() == 1u);  // snapshots do not change
}

BOOST_AUTO_TEST_CASE(everything_is_there_again_after_a_restart) {
  const test::TemporaryDirectory directory;
  {
    state::Journal journal(directory / "db");
    ImageStore store(journal);
    store.commit(make_image('a', {'1', '2'}),
                 {parse_reference("x:1"), parse_reference("x@" + digest('d'))});
    store.tag(digest('a'), parse_reference("other"));
    store.commit(make_image('b', {'1'}), {parse_reference("gone:1")});
    store.erase(digest('b'));
    BOOST_TEST(store.untag(parse_reference("x:1")));
    BOOST_TEST(!store.untag(parse_reference("x:1")));
  }
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  BOOST_TEST(store.count() == 1u);
  const ImagePtr image = store.get("other");
  BOOST_TEST(image->repo_tags == std::vector<std::string>{"other:latest"});
  BOOST_TEST(image->repo_digests == std::vector<std::string>{"x@" + digest('d')});
  BOOST_TEST(image->layers.size() == 2u);
  BOOST_TEST(image->last_tag_time > 0);
  BOOST_TEST(!store.is_garbage(image->top_chain_id()));
  BOOST_TEST(store.find_diff_id(digest('2')) == digest('2'));
}

BOOST_AUTO_TEST_CASE(needs_are_counted_over_images_and_holds) {
  const test::TemporaryDirectory directory;
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  std::vector<std::string> freed;
  bool resumable = false;
  store.on_garbage([&](const std::vector<std::string>& digests, bool keep) {
    freed = digests;
    resumable = keep;
  });
  store.commit(make_image('a', {'1'}), {parse_reference("x")});
  store.commit(make_image('b', {'1', '2'}), {});
  BOOST_TEST(store.is_garbage(digest('9')));
  {
    const PinnedImage pinned = store.pin("x");
    store.erase(digest('a'));
    BOOST_TEST(!store.is_garbage(digest('a')));  // the config blob, held by the pin
    BOOST_TEST(freed.empty());
  }
  BOOST_TEST(store.is_garbage(digest('a')));
  BOOST_TEST(!store.is_garbage(digest('1')));  // the other image has it too
  BOOST_TEST(freed.size() == 2u);              // config and manifest
  BOOST_TEST(!resumable);
  {
    Hold hold(store);
    hold.add(digest('7'));
    Hold moved = std::move(hold);
    moved.keep_for_resume();
    BOOST_TEST(!store.is_garbage(digest('7')));
  }
  BOOST_TEST(freed == std::vector<std::string>{digest('7')});
  BOOST_TEST(resumable);
}

BOOST_AUTO_TEST_CASE(all_names_of_a_repository_are_listed) {
  const test::TemporaryDirectory directory;
  state::Journal journal(directory / "db");
  ImageStore store(journal);
  store.commit(make_image('a', {}), {parse_reference("x:1"), parse_reference("x:2"),
                                     parse_reference("x/y:3"), parse_reference("xy:1")});
  BOOST_TEST(store.repository(parse_reference("x")).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_lease_has_one_holder_and_waiting_can_be_given_up) {
  ContentLeases leases;
  std::stop_source stop;
  auto first = std::make_unique<ContentLeases::Lease>(leases.take("a"));
  BOOST_TEST(leases.is_taken("a"));
  const auto other = leases.take("b");
  bool cancelled = false;
  std::jthread waiter([&] {
    try {
      leases.take("a", stop.get_token());
    } catch (const Error& e) {
      cancelled = e.code() == Errc::cancelled;
    }
  });
  stop.request_stop();
  waiter.join();
  BOOST_TEST(cancelled);
  bool taken = false;
  std::jthread second([&] {
    const auto lease = leases.take("a");
    taken = true;
  });
  first.reset();
  second.join();
  BOOST_TEST(taken);
  BOOST_TEST(!leases.is_taken("a"));
}

BOOST_AUTO_TEST_SUITE_END()

// The images the engine has: records and references, durable in the journal, and an in-memory index
// of them. Blobs lie in the BlobStore, unpacked layers at the runtime; this class says which are
// needed.
//
// Any thread; one mutex, never held over a plugin call or file I/O of blobs. Records are immutable
// snapshots. Errors: Error{not_found} "No such image: x:latest", Error{invalid} for bad references.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/image.hpp"
#include "core/images/reference.hpp"
#include "core/state/journal.hpp"

namespace gantry::images {

using ImagePtr = std::shared_ptr<const ImageRecord>;

class ImageStore;

/// Keeps blobs and unpacked layers from being collected while someone works with them. Movable; one
/// thread.
class Hold {
 public:
  Hold() = default;
  explicit Hold(ImageStore& store) : store_(&store) {}
  Hold(Hold&& other) noexcept;
  Hold& operator=(Hold&& other) noexcept;
  ~Hold() { release(); }
  /// Any digest: of a blob or a chain id.
  void add(const std::string& digest);
  /// What turns to garbage by this hold's end may serve a later try (a broken pull).
  void keep_for_resume() { resumable_ = true; }
  void release() noexcept;

 private:
  ImageStore* store_ = nullptr;
  friend class ImageStore;
  std::vector<std::string> digests_;
  bool resumable_ = false;
};

/// An image that cannot lose its layers while this lives (a container create under way). The image
/// may be deleted meanwhile; its layers go when the pin does.
struct PinnedImage {
  ImagePtr image;
  Hold hold;
  const ImageRecord* operator->() const { return image.get(); }
};

class ImageStore {
 public:
  explicit ImageStore(state::Journal& journal);

  // --- reading
  /// By name, name:tag, name@digest, image id, or unambiguous prefix of an id; nullptr when
  /// unknown. Throws Error{invalid} when `reference` cannot be any of these.
  ImagePtr find(std::string_view reference) const;
  /// The same; throws Error{not_found}.
  ImagePtr get(std::string_view reference) const;
  ImagePtr find_id(const std::string& id) const;
  /// get() and a hold on its layers and blobs in one step.
  PinnedImage pin(std::string_view reference);
  /// The same; an empty `image` when unknown.
  PinnedImage find_pinned(std::string_view reference);
  /// All images, in order of id.
  std::vector<ImagePtr> list() const;
  size_t count() const;
  /// How many records of the journal could not be read.
  size_t unreadable() const { return unreadable_; }
  /// What it was made from; nullptr when that is not known, or no longer here.
  ImagePtr find_base(const ImageRecord& image) const;
  /// The same, if Docker calls it the parent.
  ImagePtr find_parent(const ImageRecord& image) const;
  /// Images that have this one as their parent, in order of id.
  std::vector<ImagePtr> children(const std::string& id) const;
  /// Ids of all images that have children.
  std::set<std::string> parents() const;
  /// What builds made from it, in order of id. Of "": from nothing.
  std::vector<ImagePtr> steps_from(const std::string& id) const;
  /// References (tags and digests) of one image, sorted.
  std::vector<Reference> references(const std::string& id) const;
  /// All tags and digests of the repository that `reference` names.
  std::vector<Reference> repository(const Reference& reference) const;
  /// The image a normalised reference names, nullptr when none; no id lookup.
  ImagePtr find_named(const Reference& reference) const;
  /// The diff id of a layer blob that some image uses; empty when unknown.
  std::string find_diff_id(const std::string& blob_digest) const;
  /// The compressed blob that some image has of a layer; nullopt: none has.
  std::optional<Descriptor> find_packed(const std::string& diff_id) const;

  /// A layer as some image has it; nullopt: none has.
  std::optional<ImageLayer> find_layer(const std::string& chain_id) const;

  /// True while someone works with the image (PinnedImage): a build, a create.
  bool is_pinned(const std::string& id) const;

  // --- writing
  /// Adds the image (or keeps the one already there, made from what this one says) and points the
  /// references at it, all or nothing. Returns the snapshot now valid.
  ImagePtr commit(const ImageRecord& image, const std::vector<Reference>& references);
  /// Points the image at other blobs of the same layers, and at the manifest that lists them. Both
  /// are held by the caller.
  void replace_content(const ImageRecord& image);
  void tag(const std::string& id, const Reference& reference);
  /// Returns false when there was no such reference.
  bool untag(const Reference& reference);
  /// Makes an image of a step, or a step of an image.
  void set_role(const std::string& id, BuildKitRole role);
  /// Forgets the image and its references; its blobs and layers become garbage.
  void erase(const std::string& id);

  // --- garbage
  /// True when no image and no hold needs this digest (blob or chain id).
  bool is_garbage(const std::string& digest) const;
  /// Called without locks with the digests whose last need was a hold that ended, and whether they
  /// may serve a later try. Set before use.
  using GarbageCallback = std::function<void(const std::vector<std::string>&, bool resumable)>;
  void on_garbage(GarbageCallback callback) { on_garbage_ = std::move(callback); }
  /// Blobs and chain ids of an image.
  static std::vector<std::string> needs_of(const ImageRecord& image);

 private:
  friend class Hold;
  void hold(const std::string& digest);
  void unhold(const std::vector<std::string>& digests, bool resumable) noexcept;
  ImagePtr find_locked(std::string_view reference) const;
  ImagePtr find_prefix_locked(std::string_view prefix) const;
  void point_locked(const std::string& key, const std::string& id);
  void refresh_locked(const std::string& id);
  void count_needs_locked(const ImageRecord& image, int step);

  state::Journal& journal_;
  size_t unreadable_ = 0;  // since the constructor
  mutable std::mutex mutex_;
  std::map<std::string, ImagePtr> images_;    // by id
  std::map<std::string, std::string> names_;  // normalised reference -> id
  std::map<std::string, int> needs_;          // digest -> images and holds that need it
  GarbageCallback on_garbage_;
};

}  // namespace gantry::images

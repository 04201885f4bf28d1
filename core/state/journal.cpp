#include "core/state/journal.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/scope_guard.hpp"
#include "core/state/disk_reserve.hpp"
#include "core/state/later_sync.hpp"

namespace gantry::state {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kRowsPerBatch = 64;

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

[[noreturn]] void fail(sqlite3* db, const std::string& what) {
  const int code = sqlite3_extended_errcode(db);
  const int os_errno = sqlite3_system_errno(db);
  const bool full = (code & 0xff) == SQLITE_FULL ||
                    ((code & 0xff) == SQLITE_IOERR && (os_errno == ENOSPC || os_errno == EDQUOT));
  throw Error(full ? Errc::exhausted : Errc::internal,
              "journal: " + what + ": " +
                  (full ? std::string("no space left on device") : std::string(sqlite3_errmsg(db))),
              full ? ENOSPC : os_errno);
}

void execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db, sql);
}

Statement prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* s = nullptr;
  if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr) != SQLITE_OK)
    fail(db, sql);
  return Statement(s);
}

/// Binds borrowed text, runs to the first row or the end, and resets when it goes.
class Run {
 public:
  Run(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Run& bind(std::string_view value) {
    // A view without data would bind NULL.
    const char* text = value.data() == nullptr ? "" : value.data();
    if (sqlite3_bind_text64(statement_, ++bound_, text, value.size(), SQLITE_STATIC, SQLITE_UTF8) !=
        SQLITE_OK)
      fail(db_, "bind");
    return *this;
  }
  bool step() {
    const int rc = sqlite3_step(statement_);
    if (rc == SQLITE_ROW) return true;
    if (rc != SQLITE_DONE) fail(db_, "write or read");
    return false;
  }
  std::string text(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
    return data == nullptr ? std::string() : std::string(data, size);
  }
  int integer(int column) const { return sqlite3_column_int(statement_, column); }

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// A file as large as what SQLite makes anew when it opens (the index of its log), so that the
/// engine starts on a full disk: away meanwhile.
class OpeningRoom {
 public:
  explicit OpeningRoom(const std::filesystem::path& journal)
      : file_(journal.string() + ".reserve") {
    ::unlink(file_.c_str());
  }
  ~OpeningRoom() {
    try {
      const UniqueFd fd = file::open(file_, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      file::write_all(fd.get(), std::string(kBytes, '\x5a'));
    } catch (const Error&) {
      ::unlink(file_.c_str());  // no room: next time
    }
  }
  OpeningRoom(const OpeningRoom&) = delete;
  OpeningRoom& operator=(const OpeningRoom&) = delete;

 private:
  static constexpr std::size_t kBytes = 64 << 10;
  const std::string file_;
};

Database open_database(const std::filesystem::path& path) {
  // Records hold environment variables. SQLite gives its -wal and -shm files the mode of this one.
  // Not when it exists: closing a descriptor drops the POSIX locks of a connection already open.
  if (!std::filesystem::exists(path)) file::open(path, O_RDWR | O_CREAT, 0600);
  sqlite3* raw = nullptr;
  // NOMUTEX: Impl::mutex serialises every use of the connection.
  const int rc =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (!db) throw Error(Errc::exhausted, "journal: out of memory");
  if (rc != SQLITE_OK) fail(raw, "open " + path.string());
  sqlite3_extended_result_codes(raw, 1);
  int stays = 1;  // the log, with what is held back behind its end
  sqlite3_file_control(raw, "main", SQLITE_FCNTL_PERSIST_WAL, &stays);
  return db;
}

void prepare_schema(sqlite3* db, const std::filesystem::path& file) {
  // NORMAL in WAL mode: a killed daemon loses nothing; a power cut may lose the transactions of the
  // last second (later_sync.hpp), but never consistency.
  execute(db,
          "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;"
          "PRAGMA cache_size=-512;");
  int version = 0;
  {
    const Statement s = prepare(db, "PRAGMA user_version");
    Run run(db, s.get());
    if (run.step()) version = run.integer(0);
  }
  if (version > kSchemaVersion)
    throw Error(Errc::conflict, "journal: " + file.string() + " has schema version " +
                                    std::to_string(version) +
                                    ", written by a newer gantryd; this one knows " +
                                    std::to_string(kSchemaVersion));
  if (version == 0)
    execute(db,
            "BEGIN IMMEDIATE;"
            "CREATE TABLE IF NOT EXISTS documents(kind TEXT NOT NULL, id TEXT NOT NULL, "
            "document TEXT NOT NULL, PRIMARY KEY(kind, id)) WITHOUT ROWID;"
            "PRAGMA user_version=1; COMMIT;");
}

}  // namespace

struct Journal::Impl {
  explicit Impl(const std::filesystem::path& file) {
    const OpeningRoom room(file);
    db = open_database(file);
    prepare_schema(db.get(), file);
    reserve = DiskReserve(file.string() + "-wal");
    reserve.fill();
    sync.emplace(file.string() + "-wal");
    put = prepare(db.get(),
                  "INSERT INTO documents(kind, id, document) VALUES(?1, ?2, ?3) "
                  "ON CONFLICT(kind, id) DO UPDATE SET document=excluded.document");
    erase = prepare(db.get(), "DELETE FROM documents WHERE kind=?1 AND id=?2");
    next =
        prepare(db.get(),
                "SELECT id, document FROM documents WHERE kind=?1 AND id>?2 ORDER BY id LIMIT ?3");
  }

  /// The caller holds the mutex.
  void write(std::string_view kind, std::string_view id, std::string_view document) {
    if (document.empty()) {
      Run(db.get(), erase.get()).bind(kind).bind(id).step();
    } else {
      Run(db.get(), put.get()).bind(kind).bind(id).bind(document).step();
    }
  }

  /// Runs `work`, on a full disk only if it may take reserved room. The caller holds the mutex.
  template <class Work>
  void with(Room room, Work&& work) {
    if (!reserve.fill() && room == Room::free)
      throw Error(Errc::exhausted, "journal: write: no space left on device", ENOSPC);
    const ScopeGuard written([&] { sync->changed(); });
    try {
      work();
    } catch (const Error& error) {
      if (room == Room::free || error.code() != Errc::exhausted) throw;
      // The log's room is used up: what of it is in the database makes room in it.
      sqlite3_wal_checkpoint_v2(db.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
      work();
    }
  }

  std::mutex mutex;
  Database db;  // before the statements: they must go first
  DiskReserve reserve;
  std::optional<LaterSync> sync;
  Statement put, erase, next;
};

Journal::Journal(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
Journal::~Journal() = default;

void Journal::put(std::string_view kind, std::string_view id, std::string_view document,
                  Room room) {
  if (document.empty()) throw Error(Errc::internal, "journal: empty document");
  const std::lock_guard lock(impl_->mutex);
  impl_->with(room, [&] { impl_->write(kind, id, document); });
}

void Journal::erase(std::string_view kind, std::string_view id) {
  const std::lock_guard lock(impl_->mutex);
  impl_->with(Room::reserved, [&] { impl_->write(kind, id, {}); });
}

void Journal::apply(const std::vector<Change>& changes) {
  const std::lock_guard lock(impl_->mutex);
  const bool erases = std::any_of(changes.begin(), changes.end(),
                                  [](const Change& change) { return change.document.empty(); });
  impl_->with(erases ? Room::reserved : Room::free, [&] {
    execute(impl_->db.get(), "BEGIN IMMEDIATE");
    try {
      for (const Change& change : changes) impl_->write(change.kind, change.id, change.document);
      execute(impl_->db.get(), "COMMIT");
    } catch (...) {
      // A full disk may have rolled back already; a second ROLLBACK only fails.
      sqlite3_exec(impl_->db.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  });
}

void Journal::each(std::string_view kind,
                   const std::function<void(std::string, std::string)>& fn) const {
  // In batches and without the mutex around fn, which may itself write to the journal.
  std::string after;
  for (;;) {
    std::vector<std::pair<std::string, std::string>> rows;
    {
      const std::lock_guard lock(impl_->mutex);
      Run run(impl_->db.get(), impl_->next.get());
      run.bind(kind).bind(after);
      sqlite3_bind_int(impl_->next.get(), 3, kRowsPerBatch);
      while (run.step()) rows.emplace_back(run.text(0), run.text(1));
    }
    if (rows.empty()) return;
    after = rows.back().first;
    for (auto& [id, document] : rows) fn(id, std::move(document));
  }
}

}  // namespace gantry::state

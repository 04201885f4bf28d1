/* A volume driver in C: every volume is a directory below the plugin's state directory. It shows
 * the ABI without a wrapper: the entry, the size-prefixed structs, sinks for results, errors filled
 * in by hand. Enable it with   [volume] plugins = ["volume-local", "volume-example-c"] and use it
 * with  docker volume create -d example-c shelf */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <gantry/volume.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef GANTRY_PLUGIN_VERSION
#define GANTRY_PLUGIN_VERSION "1.0.0"
#endif

enum { PATH_SIZE = 4096 };

struct driver {
  const gantry_host* host; /* lives as long as the process */
};

/* Fills the caller's error; every failing function ends with `return fail(...)`. */
static gantry_status fail(gantry_error* err, gantry_errc code, const char* what, int os_errno) {
  if (err && GANTRY_HAS(err, gantry_error, message)) {
    err->code = code;
    err->os_errno = os_errno;
    if (os_errno)
      snprintf(err->message, sizeof err->message, "%s: %s", what, strerror(os_errno));
    else
      snprintf(err->message, sizeof err->message, "%s", what);
  }
  return code;
}

static void put(const gantry_sink* out, const char* text) {
  out->write(out->ctx, text, strlen(text));
}

/* The directory of a volume. Names match [a-zA-Z0-9][a-zA-Z0-9_.-]*: they are safe as file names,
 * and in JSON strings without escapes. */
static void path_of(const struct driver* self, const char* name, char path[PATH_SIZE]) {
  snprintf(path, PATH_SIZE, "%s/%s", self->host->state_dir, name);
}

/* Its content. Apart from the directory itself, whose time is when the volume was made. */
static void data_path_of(const struct driver* self, const char* name, char path[PATH_SIZE]) {
  snprintf(path, PATH_SIZE, "%s/%s/data", self->host->state_dir, name);
}

static int exists(const struct driver* self, const char* name, struct stat* st) {
  char path[PATH_SIZE];
  path_of(self, name, path);
  return stat(path, st) == 0;
}

static gantry_status no_such_volume(gantry_error* err) {
  return fail(err, GANTRY_NOT_FOUND, "no such volume", 0);
}

static gantry_status capabilities(void* self, const gantry_sink* out, gantry_error* err) {
  (void)self;
  (void)err;
  put(out, "{\"scope\":\"local\"}");
  return GANTRY_OK;
}

static gantry_status create_volume(void* self, const char* name, gantry_bytes options,
                                   gantry_error* err) {
  char path[PATH_SIZE];
  /* This driver has no options. A driver that has some brings a JSON library. */
  if (!(options.size == 2 && memcmp(options.data, "{}", 2) == 0))
    return fail(err, GANTRY_INVALID, "this driver takes no options", 0);
  path_of(self, name, path);
  if (mkdir(path, 0755) != 0) {
    if (errno == EEXIST) return GANTRY_OK; /* an existing name is success */
    return fail(err, GANTRY_INTERNAL, "mkdir", errno);
  }
  data_path_of(self, name, path);
  if (mkdir(path, 0755) != 0) return fail(err, GANTRY_INTERNAL, "mkdir", errno);
  return GANTRY_OK;
}

static int remove_entry(const char* path, const struct stat* st, int flag, struct FTW* ftw) {
  (void)st;
  (void)flag;
  (void)ftw;
  return remove(path);
}

static gantry_status remove_volume(void* self, const char* name, gantry_error* err) {
  char path[PATH_SIZE];
  struct stat st;
  if (!exists(self, name, &st)) return no_such_volume(err);
  path_of(self, name, path);
  if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
    return fail(err, GANTRY_INTERNAL, "remove", errno);
  return GANTRY_OK;
}

static gantry_status put_path(void* self, const char* name, const gantry_sink* out,
                              gantry_error* err) {
  char path[PATH_SIZE];
  struct stat st;
  if (!exists(self, name, &st)) return no_such_volume(err);
  data_path_of(self, name, path);
  put(out, path);
  return GANTRY_OK;
}

static gantry_status mount_volume(void* self, const char* name, const char* user_id,
                                  const gantry_op* op, const gantry_sink* path, gantry_error* err) {
  (void)user_id;
  if (op->cancelled(op->ctx)) return fail(err, GANTRY_CANCELLED, "cancelled", 0);
  return put_path(self, name, path, err);
}

static gantry_status unmount_volume(void* self, const char* name, const char* user_id,
                                    gantry_error* err) {
  (void)self;
  (void)name;
  (void)user_id;
  (void)err;
  return GANTRY_OK;
}

static void put_volume(const struct driver* self, const char* name, const struct stat* st,
                       const gantry_sink* out) {
  char number[32], path[PATH_SIZE];
  data_path_of(self, name, path);
  put(out, "{\"name\":\"");
  put(out, name);
  put(out, "\",\"mountpoint\":\"");
  put(out, path); /* a driver whose state directory may need escapes brings a JSON library */
  snprintf(number, sizeof number, "%lld", (long long)st->st_ctime * 1000000000LL);
  put(out, "\",\"created_at\":");
  put(out, number);
  put(out, "}");
}

static gantry_status get_volume(void* self, const char* name, const gantry_sink* out,
                                gantry_error* err) {
  struct stat st;
  if (!exists(self, name, &st)) return no_such_volume(err);
  put_volume(self, name, &st, out);
  return GANTRY_OK;
}

static gantry_status list_volumes(void* self, const gantry_sink* out, gantry_error* err) {
  const struct driver* driver = self;
  const char* separator = "";
  struct dirent* entry;
  struct stat st;
  DIR* directory = opendir(driver->host->state_dir);
  if (!directory) return fail(err, GANTRY_INTERNAL, "opendir", errno);
  put(out, "[");
  while ((entry = readdir(directory)) != NULL) {
    if (entry->d_name[0] == '.' || !exists(driver, entry->d_name, &st)) continue;
    put(out, separator);
    separator = ",";
    put_volume(driver, entry->d_name, &st, out);
  }
  put(out, "]");
  closedir(directory);
  return GANTRY_OK;
}

static const gantry_volume volume_table = {
    sizeof(gantry_volume), 0,        capabilities, create_volume, remove_volume, mount_volume,
    unmount_volume,        put_path, get_volume,   list_volumes};

static const void* no_extension(void* self, const char* id) {
  (void)self;
  (void)id;
  return NULL;
}

static void destroy(void* self) { free(self); }

static uint32_t count(void) { return 1; }

static const gantry_plugin_info* describe(uint32_t index) {
  static const gantry_plugin_info info = {
      sizeof(gantry_plugin_info), 0,
      "volume-example-c",         GANTRY_KIND_VOLUME,
      GANTRY_PLUGIN_VERSION,      "Example in C: directories below the plugin's state directory"};
  return index == 0 ? &info : NULL;
}

static gantry_status create(uint32_t index, const gantry_host* host, gantry_plugin* out,
                            gantry_error* err) {
  struct driver* self = index == 0 ? malloc(sizeof *self) : NULL;
  if (!self) return fail(err, index == 0 ? GANTRY_EXHAUSTED : GANTRY_INVALID, "create", 0);
  self->host = host;
  out->self = self;
  out->table = &volume_table;
  out->extension = no_extension;
  out->destroy = destroy;
  return GANTRY_OK;
}

GANTRY_EXPORT extern const gantry_plugin_entry_v1 gantry_plugin_entry;
const gantry_plugin_entry_v1 gantry_plugin_entry = {
    sizeof(gantry_plugin_entry_v1), GANTRY_ABI_MAJOR, GANTRY_ABI_MINOR, 0, count, describe, create};

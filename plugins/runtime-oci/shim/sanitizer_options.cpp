// Only in builds with sanitizers: the supervisor's stderr is /dev/null and its environment empty,
// so that reports would get lost.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the sanitizers'.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "log_path=/tmp/gantry-shim.sanitizer:detect_leaks=0";
}
extern "C" const char* __ubsan_default_options();
extern "C" const char* __ubsan_default_options() {
  return "log_path=/tmp/gantry-shim.sanitizer:print_stacktrace=1";
}
// NOLINTEND(bugprone-reserved-identifier)

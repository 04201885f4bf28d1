// The default profile's tables: which system calls are open to everybody and which a capability
// opens. Grouped by purpose; names that an architecture lacks are ignored. Data only.
#pragma once

#include <array>
#include <string_view>

namespace gantry::oci::seccomp {

struct Grant {
  std::string_view capability;  // "": everybody
  std::string_view names;       // separated by blanks
};

inline constexpr std::array kGrants = {
    // files and directories
    Grant{
        "",
        "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
        "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 "
        "fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs "
        "fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown "
        "lchown32 link linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat "
        "name_to_handle_at newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev "
        "pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir "
        "sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync "
        "sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat "
        "utimensat_time64 utimes vmsplice write writev cachestat"},
    // extended attributes and change notification
    Grant{"",
          "fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr "
          "lremovexattr lsetxattr removexattr setxattr getxattrat listxattrat removexattrat "
          "setxattrat fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch"},
    // memory
    Grant{
        "",
        "brk madvise membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 "
        "mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect "
        "map_shadow_stack process_mrelease remap_file_pages"},
    // processes, threads and scheduling
    Grant{
        "",
        "execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait "
        "futex_waitv futex_wake get_robust_list get_thread_area getcpu getpgid getpgrp getpid "
        "getppid getpriority getrlimit getrusage getsid gettid ioprio_get ioprio_set pause "
        "pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall rseq sched_get_priority_max "
        "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
        "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
        "sched_setparam sched_setscheduler sched_yield seccomp set_robust_list set_thread_area "
        "set_tid_address setpgid setpriority setrlimit setsid sysinfo times ugetrlimit uname vfork "
        "wait4 waitid waitpid landlock_add_rule landlock_create_ruleset landlock_restrict_self "
        "process_vm_readv process_vm_writev ptrace"},
    // identities
    Grant{"",
          "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
          "getrandom getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid "
          "setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid "
          "setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid "
          "setuid32"},
    // signals
    Grant{
        "",
        "kill rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
        "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack signalfd signalfd4 "
        "sigprocmask sigreturn tgkill tkill"},
    // time
    Grant{"",
          "adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 "
          "clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer "
          "gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun "
          "timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create "
          "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64"},
    // sockets, waiting, pipes
    Grant{"",
          "accept accept4 bind connect epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
          "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 getpeername "
          "getsockname getsockopt listen _newselect pipe pipe2 poll ppoll ppoll_time64 pselect6 "
          "pselect6_time64 recv recvfrom recvmmsg recvmmsg_time64 recvmsg select send sendmmsg "
          "sendmsg sendto setsockopt shutdown socketcall socketpair"},
    // asynchronous I/O (io_uring stays closed: it evades this filter) and System V / POSIX IPC
    Grant{
        "",
        "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit "
        "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
        "mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop "
        "semtimedop_time64 shmat shmctl shmdt shmget"},
#if defined(__x86_64__) || defined(__i386__)
    Grant{"", "arch_prctl modify_ldt"},
#elif defined(__aarch64__) || defined(__arm__)
    Grant{"",
          "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"},
#elif defined(__riscv)
    Grant{"", "riscv_flush_icache"},
#elif defined(__powerpc64__)
    Grant{"", "swapcontext sync_file_range2"},
#endif
    Grant{"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    Grant{"CAP_SYS_ADMIN",
          "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
          "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
          "sethostname setns syslog umount umount2 unshare"},
    Grant{"CAP_SYS_BOOT", "reboot"},
    Grant{"CAP_SYS_CHROOT", "chroot"},
    Grant{"CAP_SYS_MODULE", "delete_module finit_module init_module"},
    Grant{"CAP_SYS_PACCT", "acct"},
    Grant{"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"},
    Grant{"CAP_SYS_RAWIO", "ioperm iopl"},
    Grant{"CAP_SYS_TIME", "clock_settime clock_settime64 settimeofday stime"},
    Grant{"CAP_SYS_TTY_CONFIG", "vhangup"},
    Grant{"CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    Grant{"CAP_SYSLOG", "syslog"},
    Grant{"CAP_BPF", "bpf"},
    Grant{"CAP_PERFMON", "perf_event_open"},
};

}  // namespace gantry::oci::seccomp

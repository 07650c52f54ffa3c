// Ways out of a run, each by its name; "all" tries those that need nothing else. What they mean is in README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, long result)
{
    int error = errno;
    printf("%-24s %s\n", name, result < 0 ? strerror(error) : "OK");
    fflush(stdout);
}

#define TRY(name, call) do { errno = 0; tell(name, (long)(call)); } while (0)

static int listener(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { 4, code };
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

// What a filter of one's own says of execve: it may only be stricter.
static int own_filter(unsigned answer)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { 4, code };
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static void sibling(pid_t other)
{
    char word[8] = "changed", path[64];
    struct iovec here = { word, 8 }, there = { word, 8 };
    struct rlimit none = { 0, 0 };
    TRY("ptrace attach", ptrace(PTRACE_ATTACH, other, 0, 0));
    TRY("ptrace seize", ptrace(PTRACE_SEIZE, other, 0, 0));
    TRY("process_vm_readv", process_vm_readv(other, &here, 1, &there, 1, 0));
    TRY("process_vm_writev", process_vm_writev(other, &here, 1, &there, 1, 0));
    snprintf(path, sizeof path, "/proc/%d/mem", other);
    TRY("write memory file", open(path, O_RDWR));
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", other);
    TRY("write oom score", open(path, O_WRONLY));
    int held = syscall(SYS_pidfd_open, other, 0);
    TRY("pidfd_getfd", syscall(438, held, 1, 0));
    TRY("process_madvise", syscall(440, held, &there, 1, 4, 0));
    TRY("limit another", prlimit(other, RLIMIT_NOFILE, &none, 0));
    TRY("limit itself", prlimit(0, RLIMIT_FSIZE, 0, &none));
    TRY("read core limit", prlimit(0, RLIMIT_CORE, 0, &none));
    none.rlim_cur = 0, none.rlim_max = 1;
    TRY("lower core limit", prlimit(0, RLIMIT_CORE, &none, 0));
    TRY("lower it, old call", syscall(SYS_setrlimit, RLIMIT_CORE, &none));
}

static void all(void)
{
    pid_t other = fork();
    if (other == 0)
        for (;;)
            pause();
    sibling(other);
    kill(other, SIGKILL);
    waitpid(other, 0, 0);

    static const struct { const char *name; unsigned long flag; } spaces[] = {
        { "mount", CLONE_NEWNS }, { "cgroup", CLONE_NEWCGROUP }, { "uts", CLONE_NEWUTS }, { "ipc", CLONE_NEWIPC },
        { "user", CLONE_NEWUSER }, { "pid", CLONE_NEWPID }, { "net", CLONE_NEWNET }, { "time", 0x80 },
    };
    for (unsigned i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        char name[32];
        snprintf(name, sizeof name, "unshare %s", spaces[i].name);
        TRY(name, unshare(spaces[i].flag));
        if (spaces[i].flag == 0x80)
            continue;
        snprintf(name, sizeof name, "clone %s", spaces[i].name);
        errno = 0;
        long child = syscall(SYS_clone, spaces[i].flag | SIGCHLD, 0, 0, 0, 0);
        if (child == 0)
            _exit(0);
        tell(name, child);
    }
    TRY("setns", syscall(SYS_setns, 0, 0));
    errno = 0;
    long shares = syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
    if (shares == 0)
        _exit(0);
    tell("shared directory", shares);
    char three[88] = { 0 };
    TRY("clone3", syscall(435, three, sizeof three));

    TRY("io_uring_setup", syscall(425, 8, three));
    TRY("io_uring_enter", syscall(426, 0, 0, 0, 0, 0, 0));
    TRY("io_uring_register", syscall(427, 0, 0, 0, 0));
    TRY("add_key", syscall(SYS_add_key, "user", "x", "x", 1, -3));
    TRY("request_key", syscall(SYS_request_key, "user", "x", 0, -3));
    TRY("keyctl", syscall(SYS_keyctl, 0, -3, 0));
    TRY("bpf", syscall(SYS_bpf, 0, three, sizeof three));
    TRY("userfaultfd", syscall(SYS_userfaultfd, 0));
    TRY("memfd_secret", syscall(447, 0));
    TRY("personality", syscall(SYS_personality, 0x0040000));
    TRY("open_tree", syscall(428, -100, "/", 1));
    TRY("fsopen", syscall(430, "tmpfs", 0));
    TRY("mount_setattr", syscall(442, -100, "/", 0, three, 32));
    TRY("TIOCSTI", ioctl(0, TIOCSTI, "x"));
    TRY("TIOCSTI, high bits", syscall(SYS_ioctl, 0, 0x100000000UL | TIOCSTI, "x"));
    TRY("TIOCLINUX", ioctl(0, TIOCLINUX, "\3"));
    int discipline = 2;
    TRY("TIOCSETD", ioctl(0, TIOCSETD, &discipline));
    close(open("made", O_CREAT | O_WRONLY, 0755));
    TRY("chmod set-user", chmod("made", 04755));
    TRY("fchmodat set-user", syscall(SYS_fchmodat, AT_FDCWD, "made", 04755));
    TRY("fchmodat2 set-user", syscall(452, AT_FDCWD, "made", 04755, 0));
    TRY("open set-user", open("made1", O_CREAT | O_WRONLY, 04755));
    TRY("creat set-user", syscall(SYS_creat, "made2", 04755));
    TRY("mknod set-user", mknod("made3", S_IFREG | 04755, 0));
    TRY("tmpfile set-user", open(".", 020000000 | O_DIRECTORY | O_WRONLY, 04755));
    struct { unsigned long long flags, mode, resolve; } how = { O_CREAT | O_WRONLY, 04755, 0 };
    TRY("openat2 set-user", syscall(437, AT_FDCWD, "made4", &how, sizeof how));
    TRY("chmod plain", chmod("made", 0700));
    TRY("nested listener", listener());
    TRY("shmget", shmget(IPC_PRIVATE, 4096, 0600));
    TRY("mq_open", syscall(SYS_mq_open, "writ-escape", O_RDWR | O_CREAT, 0600, 0));
    TRY("setpriority", setpriority(PRIO_PROCESS, 0, 1));
    TRY("setsid of a child", ({ pid_t p = fork(); if (p == 0) _exit(setsid() < 0); int st; waitpid(p, &st, 0);
        errno = EPERM; WEXITSTATUS(st) ? -1 : 0; }));
}

static const char *first, *second;
static volatile int turns;

static void *turn(void *unused)
{
    for (;; turns++) {
        if (chdir(first) | chdir(second))
            _exit(98);
        for (volatile int i = 0; i < 2000; i++)
            ;
    }
    return 0;
}

// Another thread goes from one directory to the other while this one starts a program in the first.
static void race_directory(int attempts)
{
    int permitted = 0, forbidden = 0, killed = 0, denied = 0;
    for (int i = 0; i < attempts; i++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            pthread_create(&thread, 0, turn, 0);
            while (turns == 0)
                ;
            char *argv[] = { "test", "-e", "marker", 0 }, *none[] = { 0 };
            for (int k = 0; k < 50; k++)
                execve("/usr/bin/test", argv, none);
            _exit(99);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) < 0)
            denied++;
        else if (WIFSIGNALED(status))
            killed++;
        else if (WEXITSTATUS(status) == 0)
            forbidden++;
        else if (WEXITSTATUS(status) == 1)
            permitted++;
        else
            denied++;
    }
    printf("attempts=%d permitted=%d FORBIDDEN=%d killed=%d denied=%d\n", attempts, permitted, forbidden, killed, denied);
}

int main(int count, char **words)
{
    const char *what = count > 1 ? words[1] : "all";
    char *none[] = { 0 };
    signal(SIGIO, SIG_IGN);
    if (!strcmp(what, "all"))
        all();
    else if (!strcmp(what, "directory") && count == 5) {
        first = words[2], second = words[3];
        race_directory(atoi(words[4]));
    } else if (!strcmp(what, "filter") && count == 3) {
        // "allow" and "trace" are weaker than being asked, and so have no say.
        own_filter(!strcmp(words[2], "trace") ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW);
        char *argv[] = { "id", 0 };
        execve("/usr/bin/id", argv, none);
        printf("not started: %s\n", strerror(errno));
    } else if (!strcmp(what, "lease") && count == 3) {
        // Whoever opens the file now waits for us, up to /proc/sys/fs/lease-break-time.
        int file = open(words[2], O_RDWR);
        printf("%s\n", fcntl(file, F_SETLEASE, F_WRLCK) == 0 ? "leased" : strerror(errno));
        fflush(stdout);
        for (;;)
            pause();
    } else if (!strcmp(what, "flood")) {
        char *argv[] = { "x", 0 };
        for (;;)
            execve(count > 2 ? words[2] : "/nowhere", argv, none);
    } else if (!strcmp(what, "fork")) {
        // Nothing is closed, nothing waits: everybody forks whenever there is room.
        for (;;)
            if (fork() < 0)
                usleep(2000);
    } else if (!strcmp(what, "outlive")) {
        // Forgets the signal that its parent's end would send, and whom it belongs to.
        prctl(PR_SET_PDEATHSIG, 0);
        for (int i = 0; i < 3; i++) {
            pid_t child = fork();
            if (child < 0)
                printf("fork: %s\n", strerror(errno));
            if (child == 0) {
                setsid();
                pid_t grandchild = fork();
                if (grandchild < 0)
                    dprintf(1, "fork of a child: %s\n", strerror(errno));
                if (grandchild)
                    _exit(0);
                for (;;)
                    pause();
            }
            // Until it has gone, what it leaves behind may not be born.
            waitpid(child, 0, 0);
        }
        printf("outlives\n");
        fflush(stdout);
        for (;;)
            pause();
    } else
        return 2;
    return 0;
}

// Tricks by which a process of the same user, outside of the sandbox, might become one of a run: what is said to be in
// its memory, its descriptors, its namespaces. `spoof PID` tries each on that process and says what the kernel
// answered; a trick that works ends as that process, and says how far it came.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, long result)
{
    int error = errno;
    printf("%-24s %s\n", name, result < 0 ? strerror(error) : "OK");
    fflush(stdout);
}

#define TRY(name, call) do { errno = 0; tell(name, (long)(call)); } while (0)

static int open_door(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int door = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return connect(door, (struct sockaddr *)&address, sizeof address);
}

// In a child: what it enters it does not leave.
static void entering(const char *name, int process, int kinds)
{
    pid_t child = fork();
    if (child == 0) {
        errno = 0;
        tell(name, setns(process, kinds));
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

// As a process that stands in all of its namespaces: whether its door answers.
static void entered(int process)
{
    static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/writ/identity" };
    char byte;
    pid_t child = fork();
    if (child == 0) {
        if (setns(process, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0) {
            printf("%-24s %s\n", "entered", "not at all");
            _exit(0);
        }
        // Its children are in the process namespace.
        if (fork() == 0) {
            int door = socket(AF_UNIX, SOCK_STREAM, 0);
            if (connect(door, (struct sockaddr *)&address, sizeof address) < 0)
                printf("%-24s %s\n", "entered", strerror(errno));
            else if (write(door, hello, sizeof hello - 1) < 0 || read(door, &byte, 1) != 1)
                printf("%-24s closed\n", "entered");
            else
                printf("%-24s answered\n", "entered");
            fflush(stdout);
            _exit(0);
        }
        wait(NULL);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static long attached(int request, pid_t victim)
{
    long result = ptrace(request, victim, 0, 0);
    int error = errno;
    if (result == 0) {
        waitpid(victim, NULL, __WALL | WNOHANG);
        ptrace(PTRACE_DETACH, victim, 0, 0);
    }
    errno = error;
    return result;
}

int main(int count, char **words)
{
    pid_t victim = atoi(words[1]);
    char path[128], byte;
    struct iovec mine = { &byte, 1 }, theirs = { (void *)0x400000, 1 };
    int process = syscall(SYS_pidfd_open, victim, 0);
    TRY("pidfd_open", process);
    TRY("seize", attached(PTRACE_SEIZE, victim));
    TRY("attach", attached(PTRACE_ATTACH, victim));
    TRY("process_vm_readv", process_vm_readv(victim, &mine, 1, &theirs, 1, 0));
    TRY("pidfd_getfd", syscall(SYS_pidfd_getfd, process, 0, 0));
    snprintf(path, sizeof path, "/proc/%d/mem", victim);
    TRY("its memory", open(path, O_RDWR));
    snprintf(path, sizeof path, "/proc/%d/root/run/writ/identity", victim);
    TRY("its root", open_door(path));
    snprintf(path, sizeof path, "/proc/%d/fd/0", victim);
    TRY("its descriptors", open(path, O_RDONLY));
    snprintf(path, sizeof path, "/proc/%d/environ", victim);
    TRY("its environment", open(path, O_RDONLY));
    entering("its user namespace", process, CLONE_NEWUSER);
    entering("its process namespace", process, CLONE_NEWPID);
    entering("both namespaces", process, CLONE_NEWUSER | CLONE_NEWPID);
    entering("its mounts", process, CLONE_NEWUSER | CLONE_NEWNS);
    entered(process);
    return count < 2;
}

using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Writ.Testing;

namespace Writ.Linux.Tests;

/// <summary>
/// Every constant, structure size and field offset of <c>LibC</c>, found by reflection, against the C compiler and the
/// headers of this machine. A name the headers do not know is listed here with the reason, so that a typo is not one.
/// </summary>
public sealed class LibCTests
{
    const BindingFlags All =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    const string Headers = """
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <grp.h>
        #include <poll.h>
        #include <pwd.h>
        #include <signal.h>
        #include <elf.h>
        #include <spawn.h>
        #include <termios.h>
        #include <time.h>
        #include <unistd.h>
        #include <sched.h>
        #include <linux/audit.h>
        #include <linux/close_range.h>
        #include <linux/filter.h>
        #include <linux/landlock.h>
        #include <linux/magic.h>
        #include <linux/openat2.h>
        #include <linux/seccomp.h>
        #include <sys/eventfd.h>
        #include <sys/file.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/ptrace.h>
        #include <sys/resource.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statfs.h>
        #include <sys/statvfs.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <netinet/in.h>
        #include <netinet/tcp.h>

        """;

    // Newer than the headers of Debian 12 (Linux 6.1), or not in any header that user programs get.
    static readonly HashSet<string> NewerThanHeaders =
    [
        "LANDLOCK_ACCESS_FS_TRUNCATE", "LANDLOCK_ACCESS_FS_IOCTL_DEV", "LANDLOCK_ACCESS_FS_RESOLVE_UNIX",
        "LANDLOCK_ACCESS_NET_BIND_TCP", "LANDLOCK_ACCESS_NET_CONNECT_TCP",
        "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET", "LANDLOCK_SCOPE_SIGNAL",
        "PIDFD_SIGNAL_PROCESS_GROUP", "SECCOMP_IOCTL_NOTIF_SET_FLAGS", "SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP",
        "SO_PEERPIDFD", "SCM_CREDENTIALS", "P_PIDFD",
    ];

    // Our name, C's name. The kernel's own sigaction has no user header.
    static readonly Dictionary<string, string?> StructNames = new(StringComparer.Ordinal)
    {
        ["posix_spawn_file_actions_t"] = "posix_spawn_file_actions_t",
        ["posix_spawnattr_t"] = "posix_spawnattr_t",
        ["sigset_t"] = "sigset_t",
        ["siginfo_t"] = "siginfo_t",
        ["stat_t"] = "struct stat",
        ["statfs_t"] = "struct statfs",
        ["statx_t"] = "struct statx",
        // Two headers declare it, and cannot be used together.
        ["ptrace_syscall_info"] = "struct __ptrace_syscall_info",
        ["kernel_sigaction"] = null,
    };

    // Grew after the headers: only the fields they know are compared, and not the size.
    static readonly HashSet<string> Grown = ["landlock_ruleset_attr"];

    [Fact]
    public void Every_constant_has_the_value_the_headers_give_it()
    {
        var constants = typeof(LibC).GetFields(All)
            .Where(field => field.IsLiteral && field.FieldType != typeof(string)).ToArray();
        var program = new StringBuilder(Headers).Append("int main(void) {\n");
        // Enumerators cannot be asked for by #ifdef; those without a macro are named in both lists.
        foreach (var field in constants)
        {
            var print = $"printf(\"{field.Name} %llu\\n\", (unsigned long long)({field.Name}));";
            if (NewerThanHeaders.Contains(field.Name))
                program.Append(CultureInfo.InvariantCulture, $"#ifdef {field.Name}\n{print}\n#endif\n");
            else
                program.AppendLine(print);
        }
        var answers = Run(program.Append("return 0; }\n").ToString());
        Assert.InRange(constants.Length, 100, 1000);
        foreach (var field in constants)
        {
            if (!answers.TryGetValue(field.Name, out var theirs) && NewerThanHeaders.Contains(field.Name))
                continue;
            var value = ToSigned(field.GetRawConstantValue()!);
            var ours = unchecked((ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture));
            // An unsigned 32-bit constant prints without sign, a negative int with it: the low half decides then.
            Assert.True(
                ours == theirs || (Low(ours) == Low(theirs) && theirs >> 32 is 0 or uint.MaxValue),
                $"{field.Name} is {theirs} in C and {ours} here");
        }
    }

    [Fact]
    public void Every_structure_has_the_size_and_the_offsets_the_headers_give_it()
    {
        var structs = typeof(LibC).GetNestedTypes(All)
            .Where(type => type.IsValueType && !type.IsEnum && !type.Name.StartsWith('<')).ToArray();
        var program = new StringBuilder(Headers).Append("int main(void) {\n");
        var expected = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var type in structs)
        {
            var name = StructNames.TryGetValue(type.Name, out var mapped) ? mapped : $"struct {type.Name}";
            if (name is null)
                continue;
            if (!Grown.Contains(type.Name))
                Ask($"{type.Name}", $"sizeof({name})", (ulong)Marshal.SizeOf(type));
            foreach (var field in type.GetFields(All).Where(field => !field.IsStatic && !field.Name.StartsWith('_')))
                if (!(Grown.Contains(type.Name) && field.Name is "handled_access_net" or "scoped"))
                    Ask(
                        $"{type.Name}.{field.Name}",
                        $"offsetof({name}, {field.Name})",
                        (ulong)Marshal.OffsetOf(type, field.Name));
        }
        var answers = Run(program.Append("return 0; }\n").ToString());
        Assert.InRange(expected.Count, 60, 500);
        foreach (var (key, value) in expected)
            Assert.True(answers[key] == value, $"{key} is {answers[key]} in C and {value} here");

        void Ask(string key, string expression, ulong ours)
        {
            expected[key] = ours;
            program.AppendLine(CultureInfo.InvariantCulture, $"printf(\"{key} %zu\\n\", {expression});");
        }
    }

    static uint Low(ulong value) => (uint)(value & uint.MaxValue);

    static object ToSigned(object value) => value switch
    {
        ulong large => unchecked((long)large),
        nuint large => unchecked((long)large),
        nint native => (long)native,
        _ => value,
    };

    static Dictionary<string, ulong> Run(string program)
    {
        if (!File.Exists("/usr/bin/cc"))
            SharedData.Unavailable("no C compiler");
        var directory = Directory.CreateTempSubdirectory("writ-libc-");
        try
        {
            var (source, binary) = (Path.Combine(directory.FullName, "a.c"), Path.Combine(directory.FullName, "a"));
            File.WriteAllText(source, program);
            Execute("/usr/bin/cc", "-w", "-o", binary, source);
            return Execute(binary).TrimEnd('\n').Split('\n').Select(line => line.Split(' '))
                .ToDictionary(pair => pair[0], pair => ulong.Parse(pair[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    static string Execute(string path, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
        return output;
    }
}

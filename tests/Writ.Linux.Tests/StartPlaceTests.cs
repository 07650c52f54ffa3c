using System.Text;

namespace Writ.Linux.Tests;

/// <summary>A program that starts among other mounts, as somebody else, and a thread that comes back.</summary>
public sealed class StartPlaceTests
{
    const int Somebody = 60_999;
    const string Mine = "/proc/thread-self";

    [Fact]
    public void What_starts_there_is_that_user_and_nothing_else_and_the_thread_is_what_it_was()
    {
        if (ThisProcess.EffectiveUid != 0)
            return;
        var said = "";
        (string Before, string After) self = default;
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var mounts = MountsOfAnother();
                self.Before = Self();
                said = Start(new StartPlace(mounts, Somebody, Somebody + 1));
                self.After = Self();
            }
            catch (Exception e)
            {
                fault = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(fault);
        Assert.Equal(self.Before, self.After);
        foreach (var line in (string[])
            [
                "Uid:\t60999\t60999\t60999\t60999", "Gid:\t61000\t61000\t61000\t61000", "Groups:\t ",
                "CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
                "CapAmb:\t0000000000000000",
            ])
            Assert.Contains(line, said.Split('\n'));
        // It stands at the root of those mounts, which are not ours.
        Assert.Contains("cwd /\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain(
            $"mounts {Files.TryReadLink($"{Mine}/ns/mnt")}\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_starts_there_as_root()
    {
        if (ThisProcess.EffectiveUid != 0)
            return;
        using var mounts = Files.TryOpenRead("/proc/self/ns/mnt", out _)!;
        foreach (var (uid, gid) in ((int, int)[])[(0, 1000), (1000, 0), (-1, 1000)])
            Assert.Throws<LinuxFaultException>(() => Start(new StartPlace(mounts, uid, gid)));
    }

    [Fact]
    public void Where_no_mounts_are_nothing_starts_and_the_thread_stays()
    {
        if (ThisProcess.EffectiveUid != 0)
            return;
        Exception? fault = null;
        (string Before, string After) self = default;
        var thread = new Thread(() =>
        {
            using var other = Files.TryOpenRead("/proc/self/ns/net", out _)!;
            self.Before = Self();
            fault = Record.Exception(() => Start(new StartPlace(other, Somebody, Somebody)));
            self.After = Self();
        });
        thread.Start();
        thread.Join();
        Assert.IsType<LinuxFaultException>(fault);
        Assert.Equal(self.Before, self.After);
    }

    // Held after the process that made them has ended.
    static Descriptor MountsOfAnother()
    {
        using var nothing = Files.TryOpenRead("/dev/null", out _)!;
        var hold = Pipe.Create();
        var ready = Pipe.Create();
        using (hold.Writer)
        using (ready.Reader)
        {
            ProcessHandle started;
            using (hold.Reader)
            using (ready.Writer)
                started = Spawning.Start(
                    "/usr/bin/unshare", ["unshare", "-m", "/bin/sh", "-c", "echo; read _"], [],
                    [new(hold.Reader, 0), new(ready.Writer, 1), new(nothing, 2)]);
            using (started)
            {
                _ = ready.Reader.Read(new byte[1]);
                var mounts = Files.TryOpenRead($"/proc/{started.Pid}/ns/mnt", out _)!;
                hold.Writer.Dispose();
                Await(started);
                return mounts;
            }
        }
    }

    static string Start(StartPlace place)
    {
        using var nothing = Files.TryOpenRead("/dev/null", out _)!;
        var output = Pipe.Create();
        using (output.Reader)
        {
            ProcessHandle started;
            using (output.Writer)
                started = Spawning.Start(
                    "/bin/sh",
                    [
                        "sh", "-c",
                        "cat /proc/self/status; echo mounts $(readlink /proc/self/ns/mnt); "
                            + "echo cwd $(readlink /proc/self/cwd)",
                    ],
                    ["PATH=/usr/bin:/bin"], [new(nothing, 0), new(output.Writer, 1), new(output.Writer, 2)],
                    place: place);
            using (started)
            {
                var said = Encoding.UTF8.GetString(output.Reader.ReadToEnd(64 * 1024));
                Await(started);
                return said;
            }
        }
    }

    static void Await(ProcessHandle process)
    {
        Span<PollEntry> ended = [new PollEntry { Number = process.Descriptor.Number, WantsRead = true }];
        while (process.TryReap() is null)
            _ = Polling.Wait(ended, -1);
    }

    static string Self() => string.Join('\n', File.ReadLines($"{Mine}/status")
        .Where(line => line.StartsWith("Uid:", StringComparison.Ordinal)
            || line.StartsWith("Gid:", StringComparison.Ordinal)
            || line.StartsWith("Groups:", StringComparison.Ordinal)
            || line.StartsWith("CapEff:", StringComparison.Ordinal)
            || line.StartsWith("CapPrm:", StringComparison.Ordinal))
        .Concat(((string[])["ns/mnt", "root", "cwd"]).Select(link => $"{Files.TryReadLink($"{Mine}/{link}")}")));
}

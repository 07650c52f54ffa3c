using System.Diagnostics;

namespace Writ.Linux.Tests;

/// <summary>The mounts of this process, without reading them each time.</summary>
public sealed class MountTableTests
{
    [Fact]
    public void It_is_read_again_only_after_something_has_changed()
    {
        var first = MountTable.Text();
        Assert.Equal(File.ReadAllText("/proc/self/mountinfo"), first);
        Assert.Same(first, MountTable.Text());
        Assert.SkipUnless(ThisProcess.EffectiveUid == 0, "only root can mount something");
        var place = Directory.CreateTempSubdirectory("writ-mounts-").FullName;
        try
        {
            Run("mount", "-t", "tmpfs", "none", place);
            Assert.Contains($" {place} ", MountTable.Text(), StringComparison.Ordinal);
            Assert.Same(MountTable.Text(), MountTable.Text());
        }
        finally
        {
            Run("umount", place);
            Directory.Delete(place);
        }
        Assert.DoesNotContain($" {place} ", MountTable.Text(), StringComparison.Ordinal);
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

using System.Diagnostics;

namespace Writ.Linux.Tests;

/// <summary>Whose files are whose, as the kernel is told.</summary>
public sealed class IdMappingTests
{
    [Theory]
    [InlineData(0, 60_706, "0 60706 1|1 1 60705|60707 60707 4294906588")]
    [InlineData(1000, 60_706, "0 0 1000|1000 60706 1|1001 1001 59705|60707 60707 4294906588")]
    [InlineData(60_707, 60_706, "0 0 60706|60707 60706 1|60708 60708 4294906587")]
    [InlineData(60_706, 1, "0 0 1|2 2 60704|60706 1 1|60707 60707 4294906588")]
    [InlineData(-2, 5, "0 0 5|6 6 4294967288|4294967294 5 1")]
    public void Everybody_else_keeps_what_they_have(int of, int to, string lines) =>
        Assert.Equal(lines.Replace('|', '\n') + "\n", IdMapping.Lines(of, to));

    [Fact]
    public void No_number_is_in_it_twice_on_either_side()
    {
        foreach (var (of, to) in ((int, int)[])[(0, 1), (1, 2), (2, 1), (1000, 999), (-2, 60_706), (60_706, -2)])
        {
            var lines = IdMapping.Lines(of, to).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(' ').Select(long.Parse).ToArray()).ToArray();
            foreach (var side in (int[])[0, 1])
            {
                var sorted = lines.OrderBy(l => l[side]).ToArray();
                for (var i = 1; i < sorted.Length; i++)
                    Assert.True(sorted[i - 1][side] + sorted[i - 1][2] <= sorted[i][side], $"{of} {to}");
            }
            // All but the two, and the one that is mapped.
            Assert.Equal(uint.MaxValue - 1L, lines.Sum(l => l[2]));
        }
    }

    [Fact]
    public void The_kernel_takes_it_and_nobody_is_left_of_it()
    {
        if (ThisProcess.EffectiveUid != 0)
            return;
        using (IdMapping.Create(new FileOwner(1000, 100), new FileOwner(60_706, 60_706)))
            Assert.DoesNotContain(
                Process.GetProcesses(), p => ProcessSight.TryPlace(p.Id) is { } place && place.Parent == ThisProcess.Pid
                    && ProcessSight.TryLink(p.Id, "ns/user") != ProcessSight.TryLink(ThisProcess.Pid, "ns/user"));
    }

    [Fact]
    public void Who_is_there_is_known_and_who_is_not_is_not()
    {
        Assert.True(Accounts.IsKnown(0));
        Assert.True(Accounts.IsKnown(65_534));
        Assert.False(Accounts.IsKnown(1_234_567));
        Assert.Contains(ThisProcess.EffectiveUid, Accounts.Running());
    }
}

using System.Globalization;

namespace Writ.Server.Tests.Trees;

/// <summary>The process that a crash test has killed: it writes a tree, and kills itself at one point.</summary>
static class CrashTree
{
    public const string Argument = "crash-tree";

    /// <summary>What it answers when it came to the end instead.</summary>
    public const int NotReached = 7;

    /// <param name="arguments">
    /// commit or undo, the seed, the folder, which point, and whether content is made durable at once.
    /// </param>
    public static int Run(string[] arguments)
    {
        var (seed, point) = (int.Parse(arguments[1], CultureInfo.InvariantCulture),
            int.Parse(arguments[3], CultureInfo.InvariantCulture));
        var trees = RandomTrees.At(arguments[2], seed);
        using var writer = trees.Writer(_ =>
        {
            if (point-- == 0)
                Kill(Environment.ProcessId, 9);
        }, atOnce: bool.Parse(arguments[4]));
        var result = arguments[0] == "commit" ? writer.Commit(trees.Changes) : writer.Undo();
        return result.Code is null ? NotReached : 1;
    }

    static void Kill(int process, int signal)
    {
        using var kill = System.Diagnostics.Process.Start(
            "/usr/bin/kill", [string.Create(CultureInfo.InvariantCulture, $"-{signal}"), $"{process}"]);
        Thread.Sleep(Timeout.Infinite);
    }
}

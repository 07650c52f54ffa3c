using System.Globalization;
using System.Text;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// Everything a sandbox took from a plan and from the host when it was built, before its command was known. It serves
/// another plan only if building it again, now, would take exactly the same.
/// </summary>
sealed class SandboxBasis
{
    static readonly string[] Binds = ["--bind", "--ro-bind", "--ro-bind-try"];

    readonly string _text;

    SandboxBasis(string text) => _text = text;

    internal static SandboxBasis Of(SpawnOrder order, RunLimits limits)
    {
        var text = new StringBuilder(8192);
        text.Append(CultureInfo.InvariantCulture, $"{limits.ProcessesMax} {limits.MemoryBytesMax}\n");
        if (order.Stay is { } stay)
            text.Append(CultureInfo.InvariantCulture, $"{stay.User} for {stay.Owner}\n");
        Append(text, order.Program);
        foreach (var argument in order.Argv)
            text.Append(argument).Append('\0');
        var isSource = false;
        foreach (var argument in order.SandboxArguments)
        {
            if (isSource)
                Append(text, argument);
            else
                text.Append(argument).Append('\0');
            isSource = !isSource && Binds.Contains(argument);
        }
        // What is mounted below a source is carried along with it.
        text.Append(order.Room?.Plan.Text ?? MountTable.Text());
        return new SandboxBasis(text.ToString());
    }

    internal bool Equals(SandboxBasis other) => _text == other._text;

    // A path may be the same and what it names another: a file that was replaced, a directory that was moved away.
    static void Append(StringBuilder text, string path)
    {
        var facts = Files.TryFacts(path);
        text.Append(CultureInfo.InvariantCulture, $"{path}\0{facts?.Device} {facts?.Inode} {facts?.IsDirectory}\0");
    }
}

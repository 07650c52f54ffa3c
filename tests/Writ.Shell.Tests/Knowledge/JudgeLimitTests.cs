using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;
using Writ.Shell.Tests.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>No line costs more than it may on its whole way. Bytes allocated stand for steps: they do not depend on
/// what else the machine does. The bench shows times.</summary>
public sealed class JudgeLimitTests
{
    const long BytesMax = 16 * 1024 * 1024;

    static readonly LineCircumstances _somewhere = new("/home/agent/work");

    static (JudgedLine Line, long Bytes) Judge(string text)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var line = LineJudge.Judge(ProgramKnowledge.Shipped, text, _somewhere);
        return (line, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact, Slow]
    public void A_line_as_long_as_may_be_stays_within_every_limit()
    {
        Judge("ls");
        var wrong = new List<string>();
        foreach (var (name, text) in Adversaries.All().Concat(Adversaries.Lines()))
        {
            var (line, bytes) = Judge(text);
            if (bytes > BytesMax || line.Commands.Length > ResolveLimits.CommandsMax
                || line.Effects.Length > LineJudge.EffectsMax)
                wrong.Add($"{name}: {bytes} bytes, {line.Commands.Length} commands, {line.Effects.Length} effects");
        }
        Assert.Empty(wrong);
    }

    // Twice the line, at most three times the bytes: what grows with the square is four times as much.
    [Fact, Slow]
    public void Twice_the_line_costs_no_more_than_about_twice()
    {
        Judge("ls");
        var wrong = new List<string>();
        foreach (var piece in Adversaries.Commands)
        {
            var (_, once) = Judge(string.Concat(Enumerable.Repeat(piece, 220)));
            var (_, twice) = Judge(string.Concat(Enumerable.Repeat(piece, 440)));
            if (twice > 3 * once + 64 * 1024)
                wrong.Add($"{piece}: {once} and {twice} bytes");
        }
        Assert.Empty(wrong);
    }
}

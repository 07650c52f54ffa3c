using Writ.Shell.Knowledge;
using Writ.Shell.Resolving;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>The data hold what they say of themselves: every command that a file of knowledge is tested with.</summary>
public sealed class KnowledgeTests
{
    [Fact]
    public void Every_program_does_what_its_file_says()
    {
        var wrong = new List<string>();
        foreach (var program in ProgramKnowledge.Shipped.Programs)
            foreach (var test in program.Tests)
                if (Fault(test) is { } fault)
                    wrong.Add($"{program.File}: {string.Join(' ', test.Argv)}: {fault}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    static string? Fault(KnowledgeTest test)
    {
        var found = CommandJudge.Judge(
            ProgramKnowledge.Shipped, [.. test.Argv.Select(ResolvedArgument.Known)], new PathView("/w", "/w"));
        if (test.IsUnresolved != found.Unknown.Length > 0)
            return test.IsUnresolved
                ? "everything in it is understood, and should not be"
                : $"not understood: {string.Join("; ", found.Unknown.Select(u => $"{u.Where}: {u.Why}"))}";
        var effects = found.Effects.Select(e => $"{e.Verb} {e.Object}").Order(StringComparer.Ordinal).ToArray();
        return test.Effects is { } expected && !expected.Order(StringComparer.Ordinal).SequenceEqual(effects)
            ? $"has the effects [{string.Join(", ", effects)}]"
            : null;
    }
}

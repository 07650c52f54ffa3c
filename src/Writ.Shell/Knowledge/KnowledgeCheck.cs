using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Runs the tests that stand in files of knowledge beside the programs.</summary>
public static class KnowledgeCheck
{
    /// <summary>What differs, for people, of each test that does not hold; with the program it is about.</summary>
    public static ImmutableArray<(KnownProgram Program, string Why)> Failures(ProgramKnowledge knowledge)
    {
        var failures = ImmutableArray.CreateBuilder<(KnownProgram, string)>();
        foreach (var program in knowledge.Programs.OrderBy(p => p.File, StringComparer.Ordinal)
            .ThenBy(p => p.Node.Name, StringComparer.Ordinal))
            foreach (var test in program.Tests)
                if (Fault(knowledge, test) is { } fault)
                    failures.Add((program, $"{string.Join(' ', test.Argv)}: {fault}"));
        return failures.ToImmutable();
    }

    static string? Fault(ProgramKnowledge knowledge, KnowledgeTest test)
    {
        var found = CommandJudge.Judge(
            knowledge, [.. test.Argv.Select(ResolvedArgument.Known)], new PathView("/w", "/w"));
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

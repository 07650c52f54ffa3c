using System.Collections.Immutable;
using System.Text;
using Writ.Cli.Arguments;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Policies;
using Writ.Requests;

namespace Writ.Cli.Commands;

/// <summary>Says what a line would do and what a bundle makes of it, with no control plane: nothing is asked and
/// nothing is run.</summary>
static class ExplainCommand
{
    public static int Run(Typed typed)
    {
        if (typed.Value("--policy") is not null && typed.Value("--realm") is not null)
            throw typed.Misused("--policy and --realm both name the bundle");
        if (typed.Has("--jsonl") == typed.Operand is not null)
            throw typed.Misused("either LINE or --jsonl is needed, and not both");
        var asking = new ExplainAsking(typed, Sources(typed));
        if (typed.Has("--jsonl"))
            return new ExplainStream(asking).Run();
        if (typed.Value("--cwd") is { } given && !given.StartsWith('/'))
            throw typed.Misused("a directory is absolute");
        var explained = asking.Ask(typed.Operand!, typed.Value("--cwd"));
        if (typed.Json)
            Screen.PrintJson(ExplainedLine.Of(null, explained), CliJson.Default.ExplainedLine);
        else
            Screen.Show(Page(typed.Operand!, explained), asMessage: false);
        return explained.Verdict.Kind switch
        {
            VerdictKind.Automatic => Exits.Ok,
            VerdictKind.Approval => Exits.Pending,
            _ => Exits.Blocked,
        };
    }

    static PolicySource Sources(Typed typed)
    {
        if (typed.Value("--policy") is { } folder)
            return BundleFiles.In(folder);
        if (typed.Value("--realm") is { } realm)
            return BundleFiles.In(Path.Combine(realm, "policies"));
        var assembly = typeof(ExplainCommand).Assembly;
        return new PolicySource([.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("policies/", StringComparison.Ordinal))
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                return new PolicyFile(name["policies/".Length..], reader.ReadToEnd());
            })]);
    }

    static Page Page(string line, Explained explained)
    {
        var answer = ExplainedLine.Of(null, explained);
        var page = new Page().Quote(line, strong: true);
        _ = explained.Verdict.Kind switch
        {
            VerdictKind.Automatic => page.Good(answer.Verdict),
            VerdictKind.Approval => page.Warning(answer.Verdict),
            _ => page.Bad(answer.Verdict),
        };
        foreach (var reason in answer.Reasons)
            page.Text($"  {reason}");
        CommandLines.Add(page, explained.Commands);
        foreach (var doubt in answer.Unresolved)
            page.Warning($"not understood: {doubt.Where}: {doubt.Why}");
        return page;
    }
}

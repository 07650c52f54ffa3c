using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Ledger;
using Writ.Linux;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>
/// <c>writ replay RUN</c>: what was decided inside a run, decided again from the ledger. Long lists lie beside the
/// ledger, which has their digests; they are asked of the control plane and compared.
/// </summary>
static class RunReplayCommand
{
    public static int Run(Typed typed, RunId run)
    {
        using var place = new LedgerPlace(typed);
        var structure = LedgerVerifier.Verify(place.Files.Read, place.Key, Ed25519.Verify);
        var audit = new DecisionAudit();
        var replay = new RunReplay(run, digest => place.List(run, digest));
        var progress = new Progress("deciding again: entries", structure.SoundSize);
        VerifyFinding? fault = null;
        foreach (var published in structure.Entries())
        {
            progress.Reached(published.Index);
            var entry = LedgerCommands.Entry(published.Bytes, published.Index);
            var before = audit.State;
            if (LedgerCommands.Again(audit, published.Bytes) is { } wrong)
            {
                fault = new VerifyFinding(wrong.Code, wrong.Index, wrong.Why, null);
                break;
            }
            replay.Take(published.Index, entry.Data, entry.Time, before, audit.State);
        }
        progress.Clear();
        if (fault is null && structure.Findings is [var finding, ..])
            fault = new VerifyFinding(finding.Code, finding.EntryIndex, finding.Why, finding.Path);
        if (replay.Request is not { } request)
            throw fault is null
                ? CliFaultException.Error("request.unknown", $"the ledger has no entry about run {run}")
                : CliFaultException.Error(fault.Code, fault.Why);
        var answer = new RunReplayAnswer(
            run, request, fault is null && replay.Differences.IsEmpty, replay.Programs, replay.Connections,
            replay.Differences, fault);
        if (typed.Json)
            Screen.PrintJson(answer, CliJson.Default.RunReplayAnswer);
        else
            Screen.Show(Of(answer), asMessage: false);
        return answer.Same ? Exits.Ok : Exits.Error;
    }

    static Page Of(RunReplayAnswer answer)
    {
        var page = new Page().Heading($"Run {answer.Run} of request {answer.Request}");
        page.Field("programs", Of(answer.Programs)).Field("connections", Of(answer.Connections));
        foreach (var difference in answer.Differences)
        {
            page.Bad($"Attempt {difference.Number} in entry {difference.Entry}: {difference.What}");
            page.Field("recorded", difference.Recorded).Field("again", difference.Again);
        }
        if (answer.Fault is { } fault)
            return page.Bad($"The ledger is wrong{(fault.Entry is { } at ? $" at entry {at}" : "")}: {fault.Why} "
                + $"[{fault.Code}]");
        return answer.Same
            ? page.Good("What was decided again was decided the same.")
            : page.Bad("Not the same.");
    }

    static string Of(RunReplayTally tally)
    {
        var words = new List<string> { $"{tally.Count} recorded, {tally.Same} decided again the same" };
        Add(tally.ByPeople, "decided by people (replay their requests)");
        Add(tally.Supervised, "of which policy says nothing");
        Add(tally.Cut, "kept only by a digest of the whole");
        Add(tally.Elsewhere, "in lists that are not at hand");
        return string.Join("; ", words);

        void Add(int count, string what)
        {
            if (count > 0)
                words.Add($"{count} {what}");
        }
    }
}

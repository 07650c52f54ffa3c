using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Ledger;
using Writ.Linux;
using Writ.Policies;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>Reading the ledger, proving single entries, and deciding everything in it again.</summary>
static class LedgerCommands
{
    const int ShownMax = 10_000;
    const int ShownUsually = 20;

    /// <summary>Offline: nothing but the files and the key is looked at.</summary>
    public static int Verify(Typed typed)
    {
        var key = LedgerFiles.Key(new ClientSettings(typed), typed.Value("--key"));
        var files = LedgerFiles.In(typed.RequiredOperand);
        var structure = LedgerVerifier.Verify(files.Read, key, Ed25519.Verify);
        var audit = new DecisionAudit();
        AuditFault? fault = null;
        var progress = new Progress("deciding again", structure.SoundSize);
        foreach (var entry in structure.Entries())
        {
            fault = Again(audit, entry.Bytes);
            if (fault is not null)
                break;
            progress.Reached(audit.Next);
        }
        progress.Clear();
        var findings = structure.Findings
            .Select(f => new VerifyFinding(f.Code, f.EntryIndex, f.Why, f.Path)).ToImmutableArray();
        if (fault is not null)
            findings = findings.Insert(0, new VerifyFinding(fault.Code, fault.Index, fault.Why, null));
        var firstBad = (fault?.Index, structure.FirstBadEntry) switch
        {
            ({ } a, { } b) => Math.Min(a, b),
            var (a, b) => a ?? b,
        };
        var tally = audit.Tally;
        var answer = new VerifyAnswer(
            structure.IsIntact && fault is null, structure.Checkpoint?.Origin, tally.Entries, tally.People,
            tally.Approvals, tally.Verdicts, tally.Refusals, tally.Runs, audit.State.Exists ? tally.PolicyDigest : null,
            firstBad, findings);
        if (typed.Json)
            Screen.PrintJson(answer, CliJson.Default.VerifyAnswer);
        else
            Screen.Show(Of(answer), asMessage: false);
        return answer.Intact ? Exits.Ok : Exits.Error;
    }

    /// <summary>Copies a ledger that may be growing, from the control plane or from another copy.</summary>
    public static int Copy(Typed typed)
    {
        using var place = new LedgerPlace(typed);
        var folder = typed.RequiredOperand;
        var (head, copied) = new LedgerCopy(place.Files, folder).Take(place.Key);
        if (typed.Json)
            Screen.PrintJson(new CopyAnswer(head.Origin, head.Size, copied, folder), CliJson.Default.CopyAnswer);
        else
            Screen.Say($"{folder} has the {head.Size} entries of {head.Origin}. Next: writ ledger verify {folder}");
        return Exits.Ok;
    }

    /// <summary>The key by which copies are verified: as at enrolment, else as the control plane shows it.</summary>
    public static int ShowKey(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var key = settings.File.LedgerKey ?? ShownKey(settings);
        if (typed.Json)
            Screen.PrintJson(new LedgerKeyAnswer(key), CliJson.Default.LedgerKeyAnswer);
        else
            Screen.Print(key);
        return Exits.Ok;
    }

    static string ShownKey(ClientSettings settings)
    {
        using var plane = new ControlPlane(settings, TimeProvider.System);
        return plane.Get("/v1/realm", ApiJson.Default.RealmView, asPerson: false).LedgerKey;
    }

    public static int Show(Typed typed)
    {
        using var place = new LedgerPlace(typed);
        var head = place.Files.Head(place.Key, out _);
        var (from, to) = Range(typed, head.Size);
        var rows = new List<string[]>();
        for (var index = from; index <= to; index++)
        {
            var bytes = place.Files.Entry(head, index, out _);
            if (typed.Json)
            {
                Screen.PrintRaw(bytes.Span);
                Screen.PrintRaw("\n"u8);
            }
            else
            {
                rows.Add(EntryLine.Row(index, Entry(bytes, index)));
            }
        }
        if (!typed.Json)
            Screen.Show(new Page().Table(rows), asMessage: false);
        return Exits.Ok;
    }

    public static int Proof(Typed typed)
    {
        if (!long.TryParse(typed.RequiredOperand, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            throw typed.Misused("ENTRY is the entry's number");
        using var place = new LedgerPlace(typed);
        var head = place.Files.Head(place.Key, out var checkpoint);
        var entry = place.Files.Entry(head, index, out var hashes);
        var proof = new TlogProof(index, hashes, checkpoint);
        if (!proof.TryVerify(entry.Span, place.Key, Ed25519.Verify, out _, out var fault))
            throw CliFaultException.Error(fault.Code, fault.Why);
        if (typed.Value("--output") is not { } path)
        {
            Screen.PrintRaw(proof.ToText());
            return Exits.Ok;
        }
        File.WriteAllBytes(path, proof.ToText());
        if (typed.Json)
            Screen.PrintJson(new ProofAnswer(index, head.Origin, head.Size, path), CliJson.Default.ProofAnswer);
        else
            Screen.Say($"The proof of entry {index} under the head of {head.Size} entries is in {path}.");
        return Exits.Ok;
    }

    /// <summary>Folds the whole ledger and decides again; what concerns the request is told entry by entry.</summary>
    public static int Replay(Typed typed)
    {
        var id = typed.Id<RequestId>();
        if (id.Value.StartsWith("run-", StringComparison.Ordinal))
            return RunReplayCommand.Run(typed, new RunId(id.Value));
        using var place = new LedgerPlace(typed);
        var structure = LedgerVerifier.Verify(place.Files.Read, place.Key, Ed25519.Verify);
        var audit = new DecisionAudit();
        var steps = ImmutableArray.CreateBuilder<ReplayStep>();
        VerifyFinding? difference = null;
        Verdict? verdict = null;
        PolicyFile? own = null;
        foreach (var published in structure.Entries())
        {
            var entry = Entry(published.Bytes, published.Index);
            var fault = Again(audit, published.Bytes);
            if (entry.Data is { Events: [RequestEvent.Judged judged, ..] }
                && RequestRules.AskedBy(entry.Data.Move) is { } asked && asked.Id == id)
                (verdict, own) = (judged.Verdict, audit.State.OpenSession(asked.Session)?.Terms.Policy);
            if (EntryLine.IsAbout(entry.Data, id))
                steps.Add(new ReplayStep(
                    published.Index, entry.Time, EntryLine.Move(entry.Data.Move), EntryLine.Outcome(entry.Data),
                    fault is null));
            if (fault is null)
                continue;
            difference = new VerifyFinding(fault.Code, fault.Index, fault.Why, null);
            break;
        }
        if (difference is null && structure.Findings is [var finding, ..])
            difference = new VerifyFinding(finding.Code, finding.EntryIndex, finding.Why, finding.Path);
        if (steps.Count == 0 && difference is null)
            throw CliFaultException.Error("request.unknown", $"the ledger has no entry about request {id}");
        var answer = new ReplayAnswer(
            id, difference is null, steps.ToImmutable(), difference, verdict?.PolicyDigest,
            verdict?.SessionPolicyDigest, own);
        if (typed.Json)
            Screen.PrintJson(answer, CliJson.Default.ReplayAnswer);
        else
            Screen.Show(Of(answer), asMessage: false);
        return answer.Same ? Exits.Ok : Exits.Error;
    }

    static Page Of(VerifyAnswer answer)
    {
        var page = new Page();
        if (answer.Intact)
            page.Good($"The ledger of {answer.Origin} is intact.");
        else if (answer.FirstBadEntry is { } bad)
            page.Bad($"The ledger is wrong at entry {bad}.");
        else
            page.Bad("The ledger is not what its key signed.");
        foreach (var finding in answer.Findings)
            page.Bad($"  {(finding.Entry is { } entry ? $"entry {entry}: " : "")}{finding.Why} [{finding.Code}]"
                + (finding.Path is { } path ? $" ({path})" : ""));
        page.Field("entries", $"{answer.Entries} decided again, {answer.Refusals} of them refusals");
        page.Field("verdicts", $"{answer.Verdicts} decided again");
        page.Field("signatures", $"{answer.Approvals} of approvals, reviews and enrolments verified");
        page.Field("runs", $"{answer.Runs}").Field("people", $"{answer.People}").Field("policy", answer.PolicyDigest);
        return page;
    }

    static Page Of(ReplayAnswer answer)
    {
        var page = new Page().Heading($"Request {answer.Request}");
        page.Table([.. answer.Steps.Select(s => new[]
        {
            $"  entry {s.Entry}", Moments.Text(s.At), s.Move, s.Recorded, s.Same ? "the same again" : "DIFFERENT",
        })]);
        page.Field("policy", answer.PolicyDigest).Field("its own", answer.SessionPolicyDigest);
        if (answer.SessionPolicy is { } own)
            page.Text($"  The session narrowed itself by {own.Name}:").Quote(own.Text);
        if (answer.Difference is not { } difference)
            return page.Good("The same verdict.");
        return page.Bad($"Not the same{(difference.Entry is { } entry ? $" at entry {entry}" : "")}: "
            + $"{difference.Why} [{difference.Code}]");
    }

    // An operator can sign an entry that no rule was made for. Whatever it does to the rules is its fault, not ours.
    internal static AuditFault? Again(DecisionAudit audit, ReadOnlyMemory<byte> entry)
    {
        try
        {
            return audit.Take(entry.Span);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new AuditFault(audit.Next, "audit.not-decidable", "The rules cannot be applied to this entry.");
        }
    }

    internal static Entry Entry(ReadOnlyMemory<byte> bytes, long index)
    {
        try
        {
            return Wire.Entry.FromBytes(bytes.Span);
        }
        catch (JsonException e)
        {
            throw CliFaultException.Error(
                "audit.not-an-entry", $"entry {index} cannot be read at {e.Path ?? "its start"}");
        }
    }

    static (long From, long To) Range(Typed typed, long size)
    {
        if (typed.Operand is not { } text)
            return (Math.Max(0, size - ShownUsually), size - 1);
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        var isRange = dots >= 0;
        var first = isRange ? text[..dots] : text;
        if (!long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            throw typed.Misused("a range is written 5, 5..9 or 5..");
        var to = from;
        if (isRange && text.Length == dots + 2)
            to = size - 1;
        else if (isRange && !long.TryParse(text[(dots + 2)..], NumberStyles.None, CultureInfo.InvariantCulture, out to))
            throw typed.Misused("a range is written 5, 5..9 or 5..");
        if (from > to || from >= size)
            throw CliFaultException.Error("ledger.no-such-entry", $"the ledger has entries 0 to {size - 1}");
        return to - from < ShownMax
            ? (from, Math.Min(to, size - 1))
            : throw typed.Misused($"at most {ShownMax} entries are shown at once");
    }
}

using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Writ.Cedar;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Hooking;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Documents;
using Writ.Ledger;
using Writ.Linux;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Shell;
using Writ.Trees;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>
/// A bundle's life. Checking and testing need no control plane; what the ledger knows is asked of it; and every change
/// goes the way of <see cref="ChangeCommands"/>.
/// </summary>
static class PolicyCommands
{
    const int DigestPrefixMin = 13;

    static readonly TimeSpan _looksBack = TimeSpan.FromDays(30);

    public static int Check(Typed typed)
    {
        var folder = typed.RequiredOperand;
        var registry = typed.Value("--realm") is { } realm ? RealmIn(realm) : null;
        var source = BundleFiles.In(folder);
        var inspection = BundleInspection.Of(source, registry, keys: null);
        var sound = inspection.IsSound() && !(typed.Has("--strict") && inspection.Findings.Length > 0);
        return Answer(typed, folder, source, inspection, sound, testsOnly: false);
    }

    public static int Test(Typed typed)
    {
        var folder = typed.RequiredOperand;
        var source = BundleFiles.In(folder);
        var inspection = BundleInspection.Of(source, realm: null, keys: null);
        // Where nothing could be tested, the reason is what matters.
        var testsOnly = inspection.Findings.All(f => f.Level != FindingLevel.Error);
        if (testsOnly && inspection.Tests.IsEmpty)
            throw CliFaultException.Error("policy.no-tests", $"{folder} has no tests; add tests/NAME.yaml");
        return Answer(typed, folder, source, inspection, inspection.IsSound(), testsOnly);
    }

    /// <summary>Lays the policies of a bundle out in the one way; what is laid out already is not touched.</summary>
    public static int Format(Typed typed)
    {
        var folder = typed.RequiredOperand;
        var (changed, broken) = (0, 0);
        foreach (var file in BundleFiles.In(folder).Of(PolicyFileKind.Policy))
        {
            var path = BundleFiles.Shown(folder, file.Name);
            var formatted = PolicyFormatter.Format(
                file.Text, new FormatOptions(typed.Number("--width") ?? 120), path);
            if (!formatted.TryGetValue(out var text))
            {
                broken++;
                foreach (var error in formatted.Errors)
                    Screen.Say(DiagnosticText.Of(error));
                continue;
            }
            if (text == file.Text)
                continue;
            changed++;
            Screen.Say(VisibleText.Of(typed.Has("--check") ? $"{path} is laid out otherwise" : path));
            if (!typed.Has("--check"))
                File.WriteAllText(path, text);
        }
        return broken > 0 || (changed > 0 && typed.Has("--check")) ? Exits.Error : Exits.Ok;
    }

    public static int Explain(Typed typed)
    {
        var id = typed.Id<RequestId>();
        var (verdict, ask, bundle, own, conditions) = typed.Has("--ledger") ? Told(typed, id) : Known(typed, id);
        var explanation = PolicyExplanation.Of(
            verdict, bundle, own is null ? null : PolicyBundle.Compile(new PolicySource([own])).Bundle)
            .With(conditions);
        var asked = RequestScreen.Subject(ask);
        if (typed.Json)
            Screen.PrintJson(new ExplainAnswer(id, asked, explanation), CliJson.Default.ExplainAnswer);
        else
            Screen.Show(PolicyScreen.Of(explanation, asked), asMessage: false);
        return Exits.Ok;
    }

    public static int Diff(Typed typed)
    {
        using var plane = new Lazily(typed);
        var before = Bundle(typed.RequiredOperand, plane);
        var after = Bundle(typed.Operands.Count > 1 ? typed.Operands[1] : "current", plane);
        var changes = PolicyDiff.Between(before, after);
        if (typed.Json)
        {
            Screen.PrintJson(changes, CliJson.Default.ImmutableArrayRuleChange);
            return Exits.Ok;
        }
        var page = new Page();
        foreach (var change in changes)
        {
            page.Heading((change.Before, change.After) switch
            {
                (null, _) => $"+ {change.Rule} ({change.Place})",
                (_, null) => $"- {change.Rule}",
                _ => $"~ {change.Rule} ({change.Place}){(change.OnlyWords ? ": only its words" : "")}",
            });
            foreach (var line in UnifiedDiff.Of(change.Rule, change.Before, change.After ?? "")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2))
                page.Difference(line[0], line[1..]);
        }
        page.Text(changes.IsEmpty
            ? before.Digest == after.Digest ? "The same bundle." : "The same rules; schema, tests or words around them "
                + "differ."
            : $"{changes.Count(c => c.Before is null)} rules added, {changes.Count(c => c.After is null)} removed, "
                + $"{changes.Count(c => c.Before is not null && c.After is not null)} changed.");
        Screen.Show(page, asMessage: false);
        return Exits.Ok;
    }

    /// <summary>Says what can be said of all requests; an answer that is not complete says so.</summary>
    public static int Analyze(Typed typed)
    {
        using var plane = new Lazily(typed);
        var bundle = Bundle(typed.RequiredOperand, plane);
        var answers = ImmutableArray.CreateBuilder<PolicyAnswer>();
        if (typed.Value("--against") is { } before)
            answers.Add(PolicyQuestions.AllowsMore(Bundle(before, plane), bundle));
        if (typed.Value("--automatic") is { } verb)
        {
            if (!Verbs.Groups.ContainsKey(verb))
                throw typed.Misused("--automatic takes an effect's verb, such as infra.write");
            answers.Add(PolicyQuestions.CanBeAutomatic(bundle, verb, typed.Has("--production")));
        }
        answers.AddRange(PolicyQuestions.RulesWithoutUse(bundle));
        if (typed.Json)
        {
            Screen.PrintJson(answers.ToImmutable(), CliJson.Default.ImmutableArrayPolicyAnswer);
            return Exits.Ok;
        }
        var page = new Page();
        foreach (var answer in answers)
        {
            page.Heading($"{answer.Question} {answer.Outcome}");
            if (answer.Detail.Length > 0)
                page.Quote(answer.Detail);
        }
        if (answers.Count == 0)
            page.Text($"Each of the {bundle.RuleCount} rules counts: some verdict depends on it.");
        Screen.Show(page, asMessage: false);
        return Exits.Ok;
    }

    public static int Impact(Typed typed)
    {
        DateTimeOffset? since = typed.Value("--since") is not { } text ? null
            : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
                : throw typed.Misused("--since is a day like 2026-11-01");
        if (typed.Has("--ledger"))
            return OfCopy(typed, since);
        var settings = new ClientSettings(typed);
        var files = NamedFiles(settings, typed.RequiredOperand);
        var evidence = LongWait.ForVerdicts(settings, DigestOf(files), plane => plane.Post(
            "/v1/policies/impact", new ImpactRequest(files, since), ApiJson.Default.ImpactRequest,
            ApiJson.Default.PolicyEvidence));
        if (typed.Json)
        {
            Screen.PrintJson(evidence, ApiJson.Default.PolicyEvidence);
            return Exits.Ok;
        }
        return Show(evidence.Impact);
    }

    public static int List(Typed typed)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var published = Published(plane);
        if (typed.Json)
            Screen.PrintJson(published, ApiJson.Default.ImmutableArrayPublishedPolicy);
        else if (published.IsEmpty)
            Screen.Say("No bundle was ever published.");
        else
            Screen.Show(new Page().Table([.. published.Select((p, i) => new[]
            {
                p.Digest, Moments.Text(p.At), $"{p.Author}, {string.Join(", ", p.Reviewers)}".TrimEnd(' ', ','),
                i == published.Length - 1 ? "in force" : "", p.Reason,
            })]), asMessage: false);
        return Exits.Ok;
    }

    public static int Propose(Typed typed) => Propose(typed, BundleFiles.Sources(typed.RequiredOperand));

    public static int Publish(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var id = typed.Id<ChangeId>();
        using var plane = new ControlPlane(settings, TimeProvider.System);
        if (plane.Get($"/v1/changes/{id}", ApiJson.Default.ChangeView) is { State: "pending", PolicyDigest: null })
            throw CliFaultException.Error(
                "change.nothing", $"change {id} leaves the policy as it is; agree to it with: writ approve {id}");
        return ChangeCommands.Review(typed, plane, settings, id, approves: true);
    }

    /// <summary>Brings an earlier bundle back: a change like any other, with its text from the ledger.</summary>
    public static int Rollback(Typed typed)
    {
        ImmutableArray<SourceFile> files;
        using (var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System))
        {
            var digest = typed.Operand is { } named ? Digest(plane, named)
                : Published(plane) is [.., var before, _] ? before.Digest
                : throw CliFaultException.Error("policy.unknown-bundle", "there was no bundle before this one");
            files = Files(Fetched(plane, digest));
            Screen.Say($"Bringing back {digest}.");
        }
        return Propose(typed, files);
    }

    // A copy of a ledger says when it ends, and looking back begins there.
    static int OfCopy(Typed typed, DateTimeOffset? since)
    {
        var bundle = Compiled(typed.RequiredOperand);
        using var place = new LedgerPlace(typed);
        var replay = new PolicyReplay(bundle, since ?? EndOf(place) - _looksBack);
        var impact = FromCopy(place, ledger => JudgedAgain(ledger, replay));
        if (!typed.Json)
            return Show(impact);
        Screen.PrintJson(impact, CliJson.Default.PolicyImpact);
        return Exits.Ok;
    }

    static PolicyImpact JudgedAgain(LedgerAudit ledger, PolicyReplay replay)
    {
        var progress = new Progress("judging recorded verdicts again: entries", ledger.SoundSize);
        var found = LedgerReplay.Of(
            replay, ledger.Entries().Select(e => e.Bytes), Environment.ProcessorCount, progress.ReachedSlowly,
            CancellationToken.None);
        progress.Clear();
        return found;
    }

    static DateTimeOffset EndOf(LedgerPlace place)
    {
        var head = place.Files.Head(place.Key, out _);
        return head.Size > 0 ? Entry.FromBytes(place.Files.Entry(head, head.Size - 1, out _).Span).Time : default;
    }

    static ImmutableArray<SourceFile> NamedFiles(ClientSettings settings, string named)
    {
        if (Directory.Exists(named))
            return BundleFiles.Sources(named);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        return Files(Fetched(plane, Digest(plane, named)));
    }

    // As the control plane makes it of the same files.
    static string DigestOf(ImmutableArray<SourceFile> files) =>
        new PolicySource([.. files.Select(f => new PolicyFile(f.Name, f.Text))]).Digest();

    static int Show(PolicyImpact impact)
    {
        var page = new Page();
        PolicyScreen.Impact(page, impact);
        Screen.Show(page, asMessage: false);
        return Exits.Ok;
    }

    static Judged Known(Typed typed, RequestId id)
    {
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var view = plane.Get($"/v1/requests/{id}", ApiJson.Default.RequestView);
        return view.Verdict is { } verdict
            ? new Judged(
                verdict, view.Request.Ask, Fetched(plane, verdict.PolicyDigest), view.Session.Policy,
                plane.Get($"/v1/requests/{id}/conditions", ApiJson.Default.ImmutableArrayRuleCondition))
            : throw CliFaultException.Error("request.unknown", $"no verdict on request {id} is known");
    }

    static Judged Told(Typed typed, RequestId id)
    {
        using var place = new LedgerPlace(typed);
        return FromCopy(place, ledger => Told(ledger, id));
    }

    static Judged Told(LedgerAudit ledger, RequestId id)
    {
        var state = RealmState.None;
        var progress = new Progress("reading: entries", ledger.SoundSize);
        foreach (var published in ledger.Entries())
        {
            progress.Reached(published.Index);
            var entry = Entry.FromBytes(published.Bytes.Span);
            var data = entry.Data;
            var before = state;
            state = RealmDecider.Evolve(state, data.Move, data.Actor, data.Events ?? [], entry.Time);
            if (data is not { Events: [RequestEvent.Judged judged, ..] }
                || RequestRules.AskedBy(data.Move) is not { } asked || asked.Id != id)
                continue;
            progress.Clear();
            var digest = judged.Verdict.PolicyDigest;
            var bundle = state.Pinned.GetValueOrDefault(digest) ?? state.Registry.Policy;
            return bundle.Digest == digest
                ? new Judged(
                    judged.Verdict, asked.Ask, bundle,
                    state.OpenSession(asked.Session)?.Terms.Policy,
                    PolicyExplanation.Conditions(before, asked, entry.Time))
                : throw CliFaultException.Error("policy.bundle-digest", $"the ledger does not hold bundle {digest}");
        }
        progress.Clear();
        throw CliFaultException.Error("request.unknown", $"the ledger has no entry about request {id}");
    }

    // What a copy says is believed as far as its key has signed it; whether it was decided by the rules is another
    // command's question.
    static T FromCopy<T>(LedgerPlace place, Func<LedgerAudit, T> read)
    {
        var ledger = LedgerVerifier.Verify(place.Files.Read, place.Key, Ed25519.Verify);
        if (ledger.Findings is [var finding, ..])
            throw CliFaultException.Error(finding.Code, finding.Why);
        try
        {
            return read(ledger);
        }
        catch (JsonException e)
        {
            throw CliFaultException.Error("audit.not-an-entry", $"an entry cannot be read at {e.Path ?? "its start"}");
        }
        catch (InvalidDataException e)
        {
            throw CliFaultException.Error("ledger.tile-corrupt", e.Message);
        }
    }

    static int Propose(Typed typed, ImmutableArray<SourceFile> files)
    {
        var settings = new ClientSettings(typed);
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var preview = LongWait.ForVerdicts(settings, DigestOf(files), waiting => waiting.Post(
            "/v1/policies/preview", new PreviewRequest(files), ApiJson.Default.PreviewRequest,
            ApiJson.Default.Preview));
        return ChangeCommands.Propose(typed, settings, plane, preview);
    }

    static int Answer(
        Typed typed, string folder, PolicySource source, BundleInspection inspection, bool sound, bool testsOnly)
    {
        string Place(string place) => BundleFiles.Shown(folder, place);
        if (typed.Json)
            Screen.PrintJson(
                new BundleAnswer(
                    sound, inspection.Bundle?.Digest, inspection.Name, inspection.Bundle?.RuleCount ?? 0,
                    [.. inspection.Findings.Select(f => f with { Place = Place(f.Place) })],
                    [.. inspection.Tests.Select(t => t with { Place = Place(t.Place) })]),
                CliJson.Default.BundleAnswer);
        else
            Screen.Show(PolicyScreen.Of(inspection, source, Place, testsOnly), asMessage: false);
        return sound ? Exits.Ok : Exits.Error;
    }

    static Registry RealmIn(string folder)
    {
        if (!Directory.Exists(folder))
            throw CliFaultException.Usage($"{folder} is not a directory");
        var root = Path.GetFullPath(folder);
        var files = BundleFiles.Read(
            root, Directory.EnumerateFiles(root, "*.yaml").Concat(Directory.EnumerateFiles(root, "*.yml")), "");
        var (document, faults) = RealmDirectoryReader.Read(files, []);
        if (document is not null && Registry.From(document, []).Registry is { } registry)
            return registry;
        throw CliFaultException.Error(
            faults[0].Code, $"{Path.Combine(folder, faults[0].Path)}: {faults[0].Why} The realm cannot be read.");
    }

    static PolicyBundle Bundle(string named, Lazily plane)
    {
        if (!Directory.Exists(named))
            return Fetched(plane.Value, named == "current"
                ? plane.Value.Get("/v1/realm", ApiJson.Default.RealmView, asPerson: false).PolicyDigest
                : Digest(plane.Value, named));
        return Compiled(named);
    }

    static PolicyBundle Compiled(string folder)
    {
        var (bundle, faults) = PolicyBundle.Compile(BundleFiles.In(folder));
        return bundle ?? throw CliFaultException.Error(
            faults[0].Code, $"{BundleFiles.Shown(folder, faults[0].Path)}: {faults[0].Why}");
    }

    // Text from the control plane is believed only under its own digest.
    static PolicyBundle Fetched(ControlPlane plane, string digest)
    {
        if (!ApprovalCommands.IsDigest(digest))
            throw CliFaultException.Error("policy.unknown-bundle", "that is not the digest of a bundle");
        var source = plane.Get($"/v1/policies/{digest}", ApiJson.Default.PolicySource);
        if (source.Files.IsDefault || source.Files.Any(f => f is not { Name: not null, Text: not null })
            || source.Digest() != digest)
            throw CliFaultException.Error("policy.bundle-digest", $"what the control plane calls {digest} has another "
                + "digest, so nothing was done with it; tell the realm's owners");
        return PolicyBundle.Compile(source).Bundle
            ?? throw CliFaultException.Error("cedar.syntax", $"{digest} is of a newer version and cannot be read here");
    }

    static string Digest(ControlPlane plane, string named)
    {
        if (ApprovalCommands.IsDigest(named))
            return named;
        if (named.Length < DigestPrefixMin || !named.StartsWith("sha256:", StringComparison.Ordinal))
            throw CliFaultException.Usage($"'{Shell.VisibleText.Of(named)}' is neither a directory nor the digest of a "
                + "bundle, of which at least six digits are given");
        var found = Published(plane).Select(p => p.Digest).Where(d => d.StartsWith(named, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal).ToArray();
        return found is [var one] ? one : throw CliFaultException.Error("policy.unknown-bundle", found.Length == 0
            ? $"no bundle that was in force begins with {named}"
            : $"{found.Length} bundles begin with {named}; give more digits");
    }

    static ImmutableArray<PublishedPolicy> Published(ControlPlane plane) =>
        plane.Get("/v1/policies", ApiJson.Default.ImmutableArrayPublishedPolicy);

    static ImmutableArray<SourceFile> Files(PolicyBundle bundle) =>
        [.. bundle.Source.Files.Select(f => new SourceFile(f.Name, f.Text))];

    /// <summary>What is known of one verdict.</summary>
    sealed record Judged(
        Verdict Verdict, Ask Ask, PolicyBundle Bundle, PolicyFile? Own, ImmutableArray<RuleCondition> Conditions);

    /// <summary>A control plane that is asked only when something needs it.</summary>
    sealed class Lazily(Typed typed) : IDisposable
    {
        ControlPlane? _plane;

        public ControlPlane Value => _plane ??= new ControlPlane(new ClientSettings(typed), TimeProvider.System);

        public void Dispose() => _plane?.Dispose();
    }
}

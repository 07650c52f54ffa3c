using Writ.Egress;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;

namespace Writ.Holds;

/// <summary>
/// What stands still inside a run, as a request that people know how to decide: the same facts, the same policies, the
/// same screen. It is made of the run's own request, so that nothing of it can be claimed.
/// </summary>
public static class HoldRules
{
    /// <summary>How often one run may ask people in all: an inbox is no place to be flooded.</summary>
    public const int HoldsPerRunMax = 64;

    /// <summary>The request that people are asked.</summary>
    /// <param name="parent">The request that the run carries out.</param>
    public static Request RequestOf(RequestId id, Request parent, Hold hold) => hold.Action switch
    {
        HeldAction.Exec { Program: var program } exec => parent with
        {
            Id = id,
            Ask = new Ask.Exec(program.Argv),
            Assurance = Assurance.Brokered,
            Cwd = program.Cwd,
            Executable = program.Executable,
            ExecutableDigest = exec.FileDigest,
            OutsidePath = false,
            // What the run's own files were when it was asked for may be otherwise by now.
            Files = null,
            Hold = hold,
            Undoes = null,
        },
        HeldAction.Connect connect => parent with
        {
            Id = id,
            Ask = new Ask.Connect(connect.Attempt.Url),
            Assurance = Assurance.Brokered,
            Executable = null,
            ExecutableDigest = null,
            OutsidePath = false,
            Files = null,
            Hold = hold,
            Undoes = null,
        },
        _ => throw new InvariantBrokenException($"Nobody holds {hold.Action?.GetType().Name ?? "nothing"}."),
    };

    // Whoever reads a ledger may have left out anything.
    internal static bool IsWhole(HeldAction? action) => action switch
    {
        HeldAction.Exec
        {
            Program: { Argv.IsDefaultOrEmpty: false, Via.IsDefault: false, Loaders.IsDefault: false } p,
            FileDigest: { } file, CommandDigest: { } command, Variables: var variables
        } => AreWhole(variables) && ActionDigests.IsDigest(file)
            && ActionDigests.IsDigest(command) && p is { Name: not null, Executable: not null, Cwd: not null },
        HeldAction.Connect { Host: { } host, Method: not null, Path: not null, Address: { } address } connect =>
            EgressDestination.Of($"{connect.Attempt.Place}", usualPort: 0) == connect.Attempt.Place
            && EgressAddress.Parse(address)?.ToString() == address && host.Length > 0,
        _ => false,
    };

    static bool AreWhole(ImmutableArray<HeldVariable>? variables) => variables is not { } shown
        || (!shown.IsDefault && shown.Length <= HeldVariable.CountMax + 1 && shown.All(v => v is { IsWhole: true }));

    /// <summary>What it would do, under each name that it may take for its own.</summary>
    /// <param name="parent">The request that its run carries out; null where that is not asked about.</param>
    internal static ImmutableArray<(Request Request, RequestFacts Facts)> Facts(
        Request request, SessionTerms terms, ProgramKnowledge known, Request? parent = null) =>
        request.Hold?.Action switch
        {
            HeldAction.Exec exec => ExecutionFacts.Of(exec.Program, request, terms, exec.OwnScratch, known),
            HeldAction.Connect connect =>
            [
                (request, RequestFacts.Of(request, terms, known) with
                {
                    Egress = new EgressFacts(connect.Attempt, EgressAddress.Parse(connect.Address)!.Value),
                    RunVerbs = parent is null
                        ? []
                        : [.. RequestFacts.Of(parent, terms, known).Effects.Select(e => e.Verb)],
                }),
            ],
            _ => [(request, RequestFacts.Of(request, terms, known))],
        };

    /// <summary>What the run of something held carries out; null when it is no more, or nothing is held.</summary>
    internal static Request? ParentOf(SessionState.Open session, Request request) =>
        request.Hold is { } hold && session.Requests.GetValueOrDefault(hold.Parent) is RequestState.Running running
            ? running.Request
            : null;

    /// <summary>
    /// The verdict of policy: every name has to be allowed, and whoever any of them asks is asked.
    /// </summary>
    internal static Verdict Judge(
        RealmState realm, SessionState.Open session, Request request, Approvals.Approved approved,
        DateTimeOffset now) => Judge(realm, session, PinnedPolicies.Of(realm, session), request, approved, now);

    /// <summary>The verdict as it would be under this bundle.</summary>
    internal static Verdict Judge(
        RealmState realm, SessionState.Open session, PolicyBundle bundle, Request request,
        Approvals.Approved approved, DateTimeOffset now)
    {
        Verdict? all = null;
        foreach (var (one, facts) in Facts(
            request, session.Terms, bundle.Knowledge, ParentOf(session, request)))
        {
            var verdict = Policies.Judge.Decide(realm, session, bundle, one, facts, approved, now);
            all = all is null ? verdict : Together(all, verdict);
        }
        return all ?? throw new InvariantBrokenException("Whatever is held has a name.");
    }

    /// <summary>Why it may not happen whatever people say, or null: a workflow may have been narrowed meanwhile.
    /// </summary>
    internal static Refusal? Forbidden(RealmState realm, SessionState.Open session, HeldAction action) =>
        action is HeldAction.Connect connect && EgressJudge.Undiallable(
            realm, session, connect.Attempt, EgressAddress.Parse(connect.Address)!.Value) is { } verdict
            ? new Refusal(verdict.Code, verdict.Why)
            : null;

    // The order of the kinds is their strictness.
    static Verdict Together(Verdict first, Verdict second)
    {
        var strict = second.Kind < first.Kind ? second : first;
        return strict with
        {
            Gates = [.. first.Gates.Concat(second.Gates).Distinct()],
            Grounds = [.. first.Grounds.Concat(second.Grounds).Distinct()],
            Errors = [.. first.Errors.Concat(second.Errors).Distinct()],
            Effects = [.. first.Effects.Concat(second.Effects).Distinct()],
            Unresolved = [.. first.Unresolved.Concat(second.Unresolved).Distinct()],
        };
    }

    /// <summary>
    /// Why nothing more of a run may wait, or null: also what is asked before anything is recorded, so that a run which
    /// asks in a loop writes no entry for each.
    /// </summary>
    public static Refusal? MayNot(RealmState realm, RunId run, RequestId parent)
    {
        if (realm.Find(parent) is not var (session, state) || state is not RequestState.Running running
            || running.Run != run)
            return new Refusal("run.unknown", $"Run {run} is not under way.");
        if (realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Held is not { } bounds)
            return new Refusal("hold.off", $"Workflow {session.Terms.Workflow} lets nothing wait inside a run.");
        if (running.Holds >= HoldsPerRunMax)
            return new Refusal("hold.too-often", $"This run has asked {HoldsPerRunMax} times already.");
        return OpenIn(session, run).Count() >= bounds.Max
            ? new Refusal("hold.too-many", $"{bounds.Max} things of this run wait already.")
            : null;
    }

    /// <summary>What waits in a run, in a fixed order.</summary>
    internal static IEnumerable<RequestId> OpenIn(SessionState.Open session, RunId run) => session.Requests.Values
        .Where(r => Waiting(r)?.Hold is { } hold && hold.Run == run)
        .Select(r => r.Id).OrderBy(r => r.Value, StringComparer.Ordinal);

    static Request? Waiting(RequestState state) => state switch
    {
        RequestState.Waiting w => w.Request,
        RequestState.Ready r => r.Request,
        _ => null,
    };
}

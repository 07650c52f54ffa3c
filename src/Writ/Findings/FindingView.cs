using Writ.Realms;

namespace Writ.Findings;

/// <summary>A finding as people see it.</summary>
/// <param name="Kind">By its word: <c>leaked-secret</c>, ...</param>
/// <param name="State">open, accepted or settled.</param>
/// <param name="Owner">Who is to act now.</param>
/// <param name="Todo">The next step.</param>
/// <param name="Evidence">What in the ledger tells of it.</param>
/// <param name="Entries">The entries that do, by their numbers; only where one finding is asked for.</param>
/// <param name="Refuses">Workflows that do not work while it is open.</param>
/// <param name="Settled">Why and when it was settled.</param>
public sealed record FindingView(
    FindingId Id, string Kind, string Code, string State, PersonId Owner, string Detail, string Todo,
    DateTimeOffset Since, DateTimeOffset Last, int Times, FindingScope Scope, ImmutableArray<string> Evidence,
    ImmutableArray<WorkflowId> Refuses, FindingAcceptance? Accepted = null, string? Fingerprint = null,
    string? Settled = null, DateTimeOffset? SettledAt = null, ImmutableArray<long>? Entries = null)
{
    public static FindingView Of(RealmState realm, KnownFinding finding, DateTimeOffset now)
    {
        var cause = finding.Cause;
        return new FindingView(
            finding.Id, FindingKinds.Word(cause.Kind), cause.Code, finding.IsOpen(now) ? "open" : "accepted",
            FindingRules.OwnerNow(realm.Registry, finding), cause.Detail, Wire.RefusalCatalog.Of(cause.Code).Next,
            finding.Since, finding.Last, finding.Times, cause.Scope, cause.Evidence,
            finding.IsOpen(now) ? Refusing(realm, cause) : [], finding.Accepted, cause.Fingerprint);
    }

    public static FindingView Of(RealmState realm, SettledFinding settled, DateTimeOffset now) =>
        Of(realm, settled.Finding, now) with
        {
            State = "settled",
            Refuses = [],
            Settled = settled.Code,
            SettledAt = settled.At,
        };

    static ImmutableArray<WorkflowId> Refusing(RealmState realm, FindingCause cause) =>
    [
        .. realm.Registry.Document.Workflows
            .Where(w => (w.RefuseFindings ?? []).Contains(cause.Kind)
                && (cause.Scope.Workflow is not { } id || id == w.Id)
                && (cause.Scope.Agent is not { } agent || w.Agents.Contains(agent))
                && (cause.Scope.Environment is not { } place || w.Environments.Contains(place))
                && (cause.Scope.Targets is not { } targets || targets.Any(w.Targets.Contains))
                && cause.Scope is not { Agent: null, Workflow: null, Targets: null, Session: null, WorkTree: null })
            .Select(w => w.Id),
    ];
}

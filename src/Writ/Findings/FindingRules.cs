using System.Text;
using Writ.Realms;
using Writ.Runs;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Findings;

/// <summary>What findings mean to everything else: whom they concern, who acts, and whom they keep out.</summary>
public static class FindingRules
{
    const string IdPrefix = "finding-";
    const int IdBytes = 8;

    /// <summary>The same cause in the same realm has the same name, however often it comes.</summary>
    public static FindingId IdOf(string origin, string code, string subject) => new(
        IdPrefix + Convert.ToHexStringLower(
            Sha256.HashOf(Encoding.UTF8.GetBytes($"{origin}\0{code}\0{subject}")).AsSpan(0, IdBytes)));

    /// <summary>Whether a session with these terms is concerned.</summary>
    public static bool Concerns(FindingScope scope, SessionTerms terms) =>
        scope is not { Agent: null, Workflow: null, Targets: null, Session: null, WorkTree: null }
        && (scope.Session is not { } session || session == terms.Id)
        && (scope.Agent is not { } agent || agent == terms.Agent)
        && (scope.Workflow is not { } workflow || workflow == terms.Workflow)
        && (scope.Environment is not { } environment || environment == terms.Environment)
        && (scope.Targets is not { } targets || targets.Any(terms.Targets.Contains))
        && (scope.WorkTree is not { } tree || Touches(tree, terms.WorkTree));

    /// <summary>Open findings that concern a session, by their names.</summary>
    public static IEnumerable<KnownFinding> Of(RealmState realm, SessionTerms terms, DateTimeOffset now) =>
        realm.Found.Standing.IsEmpty ? [] : realm.Found.Standing.Values
            .Where(f => f.IsOpen(now) && Concerns(f.Cause.Scope, terms))
            .OrderBy(f => f.Id.Value, StringComparer.Ordinal);

    /// <summary>Why open findings keep a session from beginning, or from asking for anything further; null when they do
    /// not.</summary>
    internal static Refusal? Refused(RealmState realm, SessionTerms terms, DateTimeOffset now)
    {
        if (realm.Found.Standing.IsEmpty
            || realm.Registry.Workflows.GetValueOrDefault(terms.Workflow)?.RefuseFindings is not { } kinds)
            return null;
        return Of(realm, terms, now).FirstOrDefault(f => kinds.Contains(f.Cause.Kind)) is { } found
            ? new Refusal("session.findings", $"Workflow {terms.Workflow} does not work while there is an open finding "
                + $"of kind {FindingKinds.Word(found.Cause.Kind)}: {found.Id} [{found.Cause.Code}], which "
                + $"{OwnerNow(realm.Registry, found)} is to settle.")
            : null;
    }

    /// <summary>Who is to act: the owner of what is named, as near to it as there is somebody.</summary>
    public static PersonId OwnerOf(Registry registry, FindingScope scope)
    {
        var workflow = scope.Workflow is { } id ? registry.Workflows.GetValueOrDefault(id) : null;
        PersonId[] near =
        [
            scope.Person ?? default,
            .. (scope.Targets ?? []).Select(t => registry.Targets.GetValueOrDefault(t)?.Owner ?? default),
            workflow?.SecurityOwner ?? default, workflow?.WorkflowOwner ?? default,
            .. scope.Agent is { } agent && registry.Agents.TryGetValue(agent, out var known)
                ? InOrder(registry.ActiveMembers(known.OwnerTeam)) : [],
            .. InOrder(registry.ActiveMembers(registry.Document.Governance.Team)),
        ];
        return near.FirstOrDefault(p => !string.IsNullOrEmpty(p.Value) && registry.IsActive(p));
    }

    /// <summary>Who is to act now: another one, where who was to has left.</summary>
    public static PersonId OwnerNow(Registry registry, KnownFinding finding) =>
        registry.IsActive(finding.Owner) ? finding.Owner : OwnerOf(registry, finding.Cause.Scope);

    /// <summary>
    /// Whether a person may say that the realm lives with a finding: who governs, the security owner of the workflow,
    /// the owner of every target it is about, or who was to act; but nobody for a key of their own.
    /// </summary>
    internal static bool MayAccept(Registry registry, PersonId person, KnownFinding finding)
    {
        var scope = finding.Cause.Scope;
        if (scope.Person == person)
            return false;
        return finding.Owner == person
            || registry.IsActiveMember(registry.Document.Governance.Team, person)
            || (scope.Workflow is { } id && registry.Workflows.GetValueOrDefault(id) is { } workflow
                && workflow.SecurityOwner == person)
            || (scope.Targets is { IsDefaultOrEmpty: false } targets
                && targets.All(t => registry.Targets.GetValueOrDefault(t)?.Owner == person));
    }

    /// <summary>What a move that only raises is remembered as; null for what is found again in the state.</summary>
    internal static FindingCause? CauseOf(RealmState realm, Finding finding)
    {
        // The state itself says which leases these are, with their targets and owners.
        if (finding.Code == "lease.revocation-failed")
            return null;
        var terms = finding.Session is not { } id ? null : realm.Sessions.GetValueOrDefault(id) switch
        {
            SessionState.Open open => open.Terms,
            SessionState.Ended ended => ended.Terms,
            _ => null,
        };
        var scope = terms is null ? new FindingScope(Session: finding.Session)
            : new FindingScope(terms.Agent, terms.Workflow);
        return new FindingCause(
            KindOf(finding.Code), finding.Code, SubjectOf(finding), finding.Detail, scope,
            finding.Session is { } session ? [$"session/{session}"] : []);
    }

    /// <summary>What tells findings of one code apart that are only raised: their session, else their words.</summary>
    public static string SubjectOf(Finding finding) =>
        finding.Session is { } session ? $"session/{session}" : finding.Detail;

    static FindingKind KindOf(string code) => code switch
    {
        "lease.orphan" => FindingKind.OutlivedCredential,
        "lease.account-gone" => FindingKind.Disagreement,
        _ when code.StartsWith("hook.", StringComparison.Ordinal) || code.StartsWith("run.", StringComparison.Ordinal)
            || code.StartsWith("exec.", StringComparison.Ordinal) => FindingKind.Disagreement,
        _ => FindingKind.Fault,
    };

    static bool Touches(string tree, string other) => tree == other || IsBelow(tree, other) || IsBelow(other, tree);

    static bool IsBelow(string tree, string path) =>
        path.Length > tree.Length && path[tree.Length] == '/' && path.StartsWith(tree, StringComparison.Ordinal);

    static IEnumerable<PersonId> InOrder(IEnumerable<PersonId> people) =>
        people.OrderBy(p => p.Value, StringComparer.Ordinal);
}

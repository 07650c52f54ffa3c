using Writ.Approvals;
using Writ.Policies;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Shell;

namespace Writ.Egress;

/// <summary>
/// Decides one connection out of a run. Its workflow has to name the place, the address has to be one that may be
/// dialled, and policy has to allow the effect: by itself, or because the people whom its gates ask agreed to the run
/// and were shown that it reaches this place.
/// </summary>
public static class EgressJudge
{
    const int WhyMax = 300;

    /// <summary>
    /// Whether the place may be looked up at all: a name that no workflow names does not even reach a name server.
    /// </summary>
    public static (EgressGrant? Grant, EgressVerdict? Refused) Look(
        RealmState realm, RunBounds run, EgressDestination place, DateTimeOffset now)
    {
        if (Session(realm, run, now) is not { } session)
            return (null, EgressVerdict.Refuse("net.session-over", "The run's session is over."));
        return Grant(realm, session, place) is { } grant ? (grant, null) : (null, NotGranted(session, place));
    }

    /// <summary>The address to dial, of those that the name has; else why none of them is.</summary>
    /// <remarks>One that may not be dialled among others that may is no accident: then none is.</remarks>
    public static (EgressAddress? Address, EgressVerdict? Refused) Choose(
        EgressGrant grant, EgressDestination place, ImmutableArray<EgressAddress> addresses)
    {
        foreach (var address in addresses)
            if (!grant.Allows(address, place))
                return (null, EgressVerdict.Refuse(
                    "net.address-refused",
                    $"{place} is {address} ({Word(address.Reach)}), which the workflow does not grant."));
        return addresses.IsEmpty
            ? (null, EgressVerdict.Refuse("net.unresolved", $"There is no address of {place.Host}."))
            : (addresses[0], null);
    }

    public static EgressVerdict Decide(
        RealmState realm, RunBounds run, EgressAttempt attempt, EgressAddress address, DateTimeOffset now)
    {
        if (Session(realm, run, now) is not { } session)
            return EgressVerdict.Refuse("net.session-over", "The run's session is over.");
        if (Undiallable(realm, session, attempt, address) is { } undiallable)
            return undiallable;
        if (Grant(realm, session, attempt.Place) is { Intercepts: true } grant
            && Unagreed(realm, run, grant) is { } unagreed)
            return unagreed;
        var request = run.Request with
        {
            Ask = new Ask.Connect(attempt.Url),
            Assurance = Assurance.Brokered,
            Executable = null,
            ExecutableDigest = null,
            OutsidePath = false,
            Files = null,
        };
        var facts = RequestFacts.Of(request, session.Terms) with
        {
            Egress = new EgressFacts(attempt, address),
            RunVerbs = [.. run.Verdict.Effects.Select(e => e.Verb)],
        };
        var alone = Judge.Decide(realm, session, request, facts, Approved.Nothing, now);
        if (alone.Kind == VerdictKind.Automatic)
            return new(EgressAnswer.Allowed, "net.automatic", null, "Policy allows it.", []);
        var approved = Approved.Of(realm, session, run.Request, run.Verdict.Gates, run.Approvals, run.IssuedAt);
        if (!approved.People.IsEmpty && WasShown(run, attempt.Place)
            && Judge.Decide(realm, session, request, facts, approved, now).Kind == VerdictKind.Automatic)
            return new(EgressAnswer.Allowed, "net.covered", null, "The run was approved for it.", []);
        var rule = alone.Grounds.FirstOrDefault(g => !g.Permits)?.Policy;
        return alone.Kind == VerdictKind.Approval
            ? new(EgressAnswer.Gated, "net.approval-needed", rule, Short(alone.Why), alone.Gates)
            : EgressVerdict.Refuse("net.blocked", Short(alone.Why), rule);
    }

    /// <summary>Why a connection may not be made whatever policy and people say; null when it may.</summary>
    internal static EgressVerdict? Undiallable(
        RealmState realm, SessionState.Open session, EgressAttempt attempt, EgressAddress address)
    {
        if (Grant(realm, session, attempt.Place) is not { } grant)
            return NotGranted(session, attempt.Place);
        if (Choose(grant, attempt.Place, [address]).Refused is { } undiallable)
            return undiallable;
        if (attempt is { Via: not EgressVia.Http, Encrypted: false } && !grant.AllowsPlain)
            return EgressVerdict.Refuse("net.not-tls", "A tunnel that is not TLS has to be granted as plain.");
        if (!grant.Intercepts)
            return null;
        if (attempt.Via != EgressVia.Http)
            return EgressVerdict.Refuse("net.not-seen", $"Nothing goes to {attempt.Place} that is not seen.");
        return grant.Credential is not { } credential ? null
            : !credential.Covers(attempt.Method, attempt.Path)
                ? EgressVerdict.Refuse("net.outside-credential",
                    $"The credential for {attempt.Place} is not for {attempt.Method} {attempt.Path}.")
            : !attempt.Encrypted && !credential.AllowsCleartext
                ? EgressVerdict.Refuse("net.cleartext", $"The credential for {attempt.Place} goes in TLS alone.")
            : null;
    }

    // What people agreed to names each such place with all that its grant says.
    static EgressVerdict? Unagreed(RealmState realm, RunBounds run, EgressGrant grant) =>
        !InterceptionRules.Agreed(run.Request.Environment, grant, out _)
            ? EgressVerdict.Refuse("net.intercept-changed",
                $"What is said of {grant.Host}:{grant.Port} is not what the run was agreed to with; ask again.")
        : grant.Credential is { } credential
            && !InterceptionRules.Lives(realm.Leases, run.Request.Id, credential)
            ? EgressVerdict.Refuse("net.credential-over", $"No credential of profile {credential.Profile} lives.")
        : null;

    static EgressGrant? Grant(RealmState realm, SessionState.Open session, EgressDestination place) =>
        EgressGrant.For(realm.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Egress, place);

    static EgressVerdict NotGranted(SessionState.Open session, EgressDestination place) => EgressVerdict.Refuse(
        "net.not-granted", $"Workflow {session.Terms.Workflow} does not name {place}.");

    static SessionState.Open? Session(RealmState realm, RunBounds run, DateTimeOffset now) =>
        realm.OpenSession(run.Request.Session) is { } session && session.ExpiresAt > now
        && RealmRules.StoppedBy(realm, session) is null
            ? session
            : null;

    // The people who agreed to the run saw this place among its effects.
    static bool WasShown(RunBounds run, EgressDestination place)
    {
        foreach (var effect in run.Verdict.Effects)
            if (effect.Verb == Verbs.NetConnect && EgressDestination.Mentioned(effect.Object) is var (host, port)
                && host == place.Host && (port is null || port == place.Port))
                return true;
        return false;
    }

    internal static string Word(AddressReach reach) => reach switch
    {
        AddressReach.Multicast => "multicast",
        AddressReach.Loopback => "loopback",
        AddressReach.Metadata => "metadata",
        AddressReach.LinkLocal => "link-local",
        AddressReach.Private => "private",
        AddressReach.Shared => "shared",
        AddressReach.Public => "public",
        _ => "reserved",
    };

    static string Short(string why) => why.Length <= WhyMax ? why : string.Concat(why.AsSpan(0, WhyMax - 1), "…");
}

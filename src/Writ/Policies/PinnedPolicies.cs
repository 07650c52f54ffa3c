using Writ.Realms;
using Writ.Sessions;

namespace Writ.Policies;

/// <summary>
/// Which policies judge a session. It keeps the bundle it was opened under, and may have a policy of its own that only
/// narrows. Both are kept compiled as long as an open session uses them, and no longer.
/// </summary>
static class PinnedPolicies
{
    /// <summary>Earlier bundles that open sessions may keep. One more has to be published to all sessions.</summary>
    public const int EarlierMax = 16;

    /// <summary>Different session policies in use at once.</summary>
    public const int SessionPoliciesMax = 256;

    /// <summary>Longest session policy in characters, so that the opening of its session fits an entry.</summary>
    public const int SessionPolicyMax = 16_000;

    /// <summary>The bundle that judges a session.</summary>
    public static PolicyBundle Of(RealmState realm, SessionState.Open session)
    {
        if (session.PolicyDigest == realm.Registry.Policy.Digest)
            return realm.Registry.Policy;
        Invariant.Must(realm.Pinned.TryGetValue(session.PolicyDigest, out var kept), "A session's policy is kept.");
        return kept!;
    }

    /// <summary>
    /// The session policies that narrow a session, each with the prefix its rules are shown under: its own, and those
    /// of the sessions it was opened from, because a session cannot open itself a wider one.
    /// </summary>
    public static ImmutableArray<(string Prefix, PolicyBundle Bundle)> Narrowing(
        RealmState realm, SessionState.Open session)
    {
        if (realm.Pinned.IsEmpty)
            return [];
        var found = ImmutableArray.CreateBuilder<(string, PolicyBundle)>();
        var at = session;
        for (var depth = 0; at is not null && depth <= SessionDecider.ChainMax; depth++)
        {
            if (at.SessionPolicyDigest is { } digest)
            {
                Invariant.Must(realm.Pinned.TryGetValue(digest, out var bundle), "A session's own policy is kept.");
                found.Add((depth == 0 ? "session:" : $"session:{at.Terms.Id}:", bundle!));
            }
            at = at.Terms.Parent is { } parent ? realm.OpenSession(parent) : null;
        }
        return found.ToImmutable();
    }

    /// <summary>Compiles a session policy; a refusal names file, line and column.</summary>
    public static Refusal? Read(RealmState realm, PolicyFile? file, out PolicyBundle? bundle)
    {
        bundle = null;
        if (file is null)
            return null;
        if (file.Name is not { Length: > 0 and <= 200 } || file.Text is not { Length: <= SessionPolicyMax })
            return new Refusal("session.bad-policy", $"A session policy has a name and at most {SessionPolicyMax} "
                + "characters.");
        var (compiled, faults) = Compile(file);
        if (compiled is not null)
            faults = [.. compiled.GatesWithoutTeam(realm.Registry.Document)];
        if (compiled is null || !faults.IsEmpty)
            return new Refusal(
                "session.bad-policy", string.Join(" ", faults.Take(5).Select(f => $"{f.Path}: {f.Why}")));
        if (!compiled.HasPermit())
            return new Refusal("session.policy-permits-nothing", $"{file.Name} permits nothing, so nothing would be "
                + "allowed: a session policy narrows what it also permits. Begin it with: "
                + "@id(\"all\") permit (principal, action, resource);");
        if (!realm.Pinned.ContainsKey(compiled.Digest) && SessionPolicyCount(realm) >= SessionPoliciesMax)
            return new Refusal("session.too-many-policies",
                $"{SessionPoliciesMax} different session policies are in use already.");
        bundle = compiled;
        return null;
    }

    /// <summary>Keeps what a session that has just opened is judged by.</summary>
    public static RealmState Open(RealmState realm, PolicyFile? file)
    {
        if (file is null)
            return realm;
        var bundle = Compile(file).Bundle;
        Invariant.Must(bundle is not null, "An opened policy holds.");
        return realm with { Pinned = realm.Pinned.SetItem(bundle!.Digest, bundle) };
    }

    /// <summary>Drops what a session that has just ended was the last to use.</summary>
    public static RealmState Release(RealmState realm, SessionState.Open ended)
    {
        if (realm.Pinned.IsEmpty)
            return realm;
        foreach (var digest in new[] { ended.PolicyDigest, ended.SessionPolicyDigest })
            if (digest is not null && realm.Pinned.ContainsKey(digest) && !IsNeeded(realm, digest))
                realm = realm with { Pinned = realm.Pinned.Remove(digest) };
        return realm;
    }

    /// <summary>A new bundle is in force: open sessions keep theirs, or all move to it at once.</summary>
    public static RealmState Publish(RealmState realm, PolicyBundle before, bool toAllSessions)
    {
        var now = realm.Registry.Policy;
        if (now.Digest == before.Digest)
            return realm;
        if (toAllSessions)
            foreach (var session in realm.Sessions.Values.OfType<SessionState.Open>())
                realm = realm.With(session with { PolicyDigest = now.Digest });
        else
            realm = realm with { Pinned = realm.Pinned.SetItem(before.Digest, before) };
        return realm with
        {
            Pinned = realm.Pinned.RemoveRange(realm.Pinned.Keys.Where(d => !IsNeeded(realm, d))),
        };
    }

    /// <summary>How many earlier bundles open sessions keep, once the one in force is an earlier one too.</summary>
    public static int EarlierAfterPublishing(RealmState realm) => realm.Sessions.Values.OfType<SessionState.Open>()
        .Select(s => s.PolicyDigest).Distinct(StringComparer.Ordinal).Count();

    /// <summary>True when every open session's policies are there to judge it.</summary>
    public static bool AreAllKnown(RealmState realm) => realm.Sessions.Values.OfType<SessionState.Open>().All(s =>
        (s.PolicyDigest == realm.Registry.Policy.Digest || realm.Pinned.ContainsKey(s.PolicyDigest))
        && (s.SessionPolicyDigest is null || realm.Pinned.ContainsKey(s.SessionPolicyDigest)));

    // The bundle in force is kept by the registry.
    static bool IsNeeded(RealmState realm, string digest) => realm.Sessions.Values.OfType<SessionState.Open>().Any(s =>
        s.SessionPolicyDigest == digest
        || (s.PolicyDigest == digest && digest != realm.Registry.Policy.Digest));

    static int SessionPolicyCount(RealmState realm) => realm.Sessions.Values.OfType<SessionState.Open>()
        .Select(s => s.SessionPolicyDigest).OfType<string>().Distinct(StringComparer.Ordinal).Count();

    static (PolicyBundle? Bundle, ImmutableArray<DocumentFault> Faults) Compile(PolicyFile file) =>
        PolicyBundle.Compile(new PolicySource([file with { Name = PolicyName(file.Name) }]));

    // Whatever the file is called, it is read as policies.
    static string PolicyName(string name) => new PolicyFile(name, "").Kind() == PolicyFileKind.Policy ? name
        : name + ".cedar";
}

using Writ.Findings;
using Writ.Realms;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Changes;

/// <summary>One difference between two realm documents.</summary>
/// <param name="Path">For example <c>workflow/deploy-prod/workflowOwner</c>.</param>
/// <param name="Before">Null when it is new.</param>
/// <param name="After">Null when it goes away.</param>
/// <param name="Guarded">True when it moves accountability or policy, so that a second person has to agree.</param>
public sealed record DocumentChange(string Path, string? Before, string? After, bool Guarded);

/// <summary>The differences between two realm documents, field by field, in a stable order.</summary>
public static class DocumentDiff
{
    /// <summary>
    /// Fields that describe and do not decide: changing them alone needs no second person. What policy can see of an
    /// agent or a target (its kind, its version) decides.
    /// </summary>
    static readonly ImmutableHashSet<(string Collection, string Field)> _descriptive =
        [("person", "name"), ("person", "email"), ("workflow", "purpose"), ("workflow", "rollback")];

    public static ImmutableArray<DocumentChange> Between(RealmDocument before, RealmDocument after)
    {
        var old = Fields(before);
        var next = Fields(after);
        var changes = ImmutableArray.CreateBuilder<DocumentChange>();
        foreach (var path in old.Keys.Union(next.Keys).Order(StringComparer.Ordinal))
        {
            var was = old.GetValueOrDefault(path);
            var becomes = next.GetValueOrDefault(path);
            if (was != becomes)
                changes.Add(new DocumentChange(path, was, becomes, IsGuarded(path)));
        }
        return changes.ToImmutable();
    }

    /// <summary>The policy files whose text differs, in ordinal order of their names.</summary>
    public static ImmutableArray<PolicyTextChange> PolicyTexts(RealmDocument before, RealmDocument after)
    {
        // A client takes the present from the control plane alone: a name that stands twice must not stop it.
        var old = before.Policy.Files.DistinctBy(f => f.Name)
            .ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        var next = after.Policy.Files.ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        return
        [
            .. old.Keys.Union(next.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(n => new PolicyTextChange(n, old.GetValueOrDefault(n), next.GetValueOrDefault(n)))
                .Where(c => c.Before != c.After),
        ];
    }

    // An id may hold slashes and any word, so only the first and the last part of a path say what it is.
    static bool IsGuarded(string path) =>
        !_descriptive.Contains((path[..path.IndexOf('/', StringComparison.Ordinal)], path[(path.LastIndexOf('/')
            + 1)..]));

    static Dictionary<string, string> Fields(RealmDocument d)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var p in d.People)
            Add($"person/{p.Id}", ("/declared", "yes"), ("/name", p.Name), ("/email", p.Email));
        foreach (var t in d.Teams)
            Add($"team/{t.Id}", ("/members", List(t.Members)), ("/includes", List(t.Includes)));
        foreach (var a in d.Agents)
            Add($"agent/{a.Id}", ("/kind", a.Kind), ("/version", a.Version), ("/ownerTeam", a.OwnerTeam.Value),
                ("/reviewBy", $"{a.ReviewBy:yyyy-MM-dd}"), ("/state", Word(a.State)));
        foreach (var e in d.Environments)
            Add($"environment/{e.Id}", ("/production", e.Production ? "yes" : "no"));
        foreach (var t in d.Targets)
            Add($"target/{t.Id}", ("/kind", t.Kind), ("/environment", t.Environment.Value), ("/owner", t.Owner.Value),
                ("/sensitivity", Word(t.Sensitivity)), ("/groups", List(t.Groups)),
                ("/credentials", string.Join("; ", t.Credentials ?? [])));
        foreach (var w in d.Workflows)
            Add($"workflow/{w.Id}", ("/purpose", w.Purpose), ("/workflowOwner", w.WorkflowOwner.Value),
                ("/platformOwner", w.PlatformOwner.Value), ("/securityOwner", w.SecurityOwner.Value),
                ("/approverTeams", List(w.ApproverTeams)), ("/agents", List(w.Agents)),
                ("/environments", List(w.Environments)), ("/targets", List(w.Targets)),
                ("/bounds", Numbers(w.Bounds)), ("/tierMin", w.TierMin.ToString()),
                ("/credentialProfiles", List(w.CredentialProfiles)), ("/rollback", w.Rollback),
                ("/reviewBy", $"{w.ReviewBy:yyyy-MM-dd}"), ("/egress", List(w.Egress ?? [])),
                ("/held", w.Held is { } held ? $"{held.Max} at once, {held.WaitSeconds} seconds each" : null),
                ("/rollbackCommand", w.RollbackCommand is { } argv ? Shell.VisibleText.Command(argv) : null),
                ("/identity", w.Identity?.ToString()), ("/assistant", w.Assistant?.ToString()),
                ("/refuseFindings", List([.. (w.RefuseFindings ?? []).Select(FindingKinds.Word)])),
                ("/ownUser", w.OwnUser is true ? "demanded" : null),
                ("/memoryMiB", w.MemoryMiB is { } memory ? $"{memory}" : null));
        if (d.Identity is { } identity)
            Add("identity", ("/trustDomain", identity.TrustDomain), ("/issuer", identity.IssuerUrl),
                ("/federates", string.Join(", ", (identity.Federates ?? []).Select(f =>
                    $"{f.TrustDomain} {People.Signatures.Sha256(f.Bundle)}"))));
        if (d.Findings is { } findings)
            Add("findings", ("/unusedDays", $"{findings.UnusedDays}"), ("/adminDays", $"{findings.AdminDays}"),
                ("/issuerDays", $"{findings.IssuerDays}"), ("/deviceDays", $"{findings.DeviceDays}"));
        foreach (var i in d.TrustedIssuers ?? [])
            Add($"trustedIssuer/{i.Id}", ("/kind", Word(i.Kind)), ("/issuer", i.Issuer), ("/audience", i.Audience),
                ("/algorithms", List(i.Algorithms)), ("/lifeMinutes", $"{i.LifeMinutes}"), ("/keys", DigestOf(i.Keys)),
                ("/keysUrl", i.KeysUrl), ("/reusable", i.Reusable == true ? "yes" : null), ("/admits", List(i.Admits)));
        if (d.SignIn is { } s)
            Add("signIn", ("/issuer", s.Issuer), ("/clientId", s.ClientId), ("/algorithms", List(s.Algorithms)),
                ("/people", string.Join(", ", s.People.Select(p => $"{p.Person}={p.Subject}"))),
                ("/groups", string.Join(", ", s.Groups.Select(g => $"{g.Team}={g.Group}"))),
                ("/groupsClaim", s.GroupsClaim), ("/keys", DigestOf(s.Keys)), ("/keysUrl", s.KeysUrl),
                ("/stepUp", s.StepUp == true ? "yes" : null), ("/acr", s.Acr));
        Add("governance", ("/team", d.Governance.Team.Value), ("/quorum", $"{d.Governance.Quorum}"));
        foreach (var f in d.Policy.Files)
            Add($"policy/{f.Name}", ("/text", People.Signatures.Sha256(f.Text)));
        return fields;

        void Add(string at, params ReadOnlySpan<(string Field, string? Value)> values)
        {
            foreach (var (field, value) in values)
                if (!string.IsNullOrEmpty(value))
                    fields[at + field] = value;
        }
    }

    static string List<T>(ImmutableArray<T> items) => string.Join(", ", items.Select(i => i?.ToString()));

    static string? DigestOf(string? text) => text is null ? null : People.Signatures.Sha256(text);

    static string Numbers(Bounds b) =>
        $"{b.Minutes} minutes, {b.Commands} commands, {b.Writes} writes, {b.Deletions} deletions, {b.Targets} targets, "
        + $"{b.Credentials} credentials";

    static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

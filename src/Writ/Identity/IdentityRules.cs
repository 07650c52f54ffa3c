using Writ.Leases;
using Writ.Realms;
using Writ.Workflows;

namespace Writ.Identity;

/// <summary>What a realm document has to be so that its identities mean one thing each.</summary>
static class IdentityRules
{
    public static IEnumerable<DocumentFault> Faults(RealmDocument document)
    {
        if (document.Identity is { } identity)
            foreach (var fault in identity.Faults())
                yield return fault;
        if (document.Identity is null)
            foreach (var target in document.Targets.Where(t =>
                (t.Credentials ?? []).Any(p => p.Backend is CredentialBackend.Oidc)))
                yield return new DocumentFault($"targets/{target.Id}/credentials", "realm.identity-missing",
                    "A realm that gives tokens names its trust domain: identity: {trustDomain: NAME}.");
        foreach (var workflow in document.Workflows.Where(w => w.Identity is not null))
            foreach (var (code, why) in Faults(document, workflow))
                yield return new DocumentFault($"workflows/{workflow.Id}/identity", code, why);
    }

    static IEnumerable<(string Code, string Why)> Faults(RealmDocument document, Workflow workflow)
    {
        if (document.Identity is null)
            yield return ("realm.identity-missing", "A realm that gives identities names its trust domain: identity: "
                + "{trustDomain: NAME}.");
        if (workflow.Identity!.Problem() is { } problem)
            yield return ("realm.bad-identity", problem);
        // Only in a namespace of its own is it certain whose process asks.
        if (workflow.TierMin < Tier.T2)
            yield return ("realm.identity-tier", "A workflow with identity demands tierMin T2 or T3.");
        foreach (var agent in workflow.Agents)
            if (agent.Value.Contains('/', StringComparison.Ordinal))
                yield return ("realm.identity-agent", $"Agent '{agent}' has '/' in its name, which would be two parts "
                    + "of a SPIFFE ID.");
    }
}

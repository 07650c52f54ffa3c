using Writ.Leases;
using Writ.Requests;
using Writ.Wire;
using Writ.Workflows;

namespace Writ.Egress;

/// <summary>
/// What is agreed to where TLS is opened or a credential is added: each such place with the digest of all that its
/// grant says, in the environment of the request, and so under the digest that people sign.
/// </summary>
public static class InterceptionRules
{
    /// <summary>The variable that holds it.</summary>
    public const string Variable = "WRIT_INTERCEPTS";

    /// <summary>Stands for the fingerprint of a file that is not there.</summary>
    public const string Missing = "missing";

    /// <summary>The places of a workflow into which the way out looks.</summary>
    public static ImmutableArray<EgressGrant> Of(Workflow? workflow) =>
        workflow is { HasEgress: true } ? [.. workflow.Egress!.Value.Where(g => g.Intercepts)] : [];

    /// <summary>Whether a lease of this profile is added to requests, and so never given to the run.</summary>
    public static bool KeepsOutside(Workflow? workflow, string profile) =>
        Of(workflow).Any(g => g.Credential?.Profile == profile);

    /// <summary>The value of <see cref="Variable"/>.</summary>
    /// <param name="fingerprint">Of the secret in a file, by the file's name; <see cref="Missing"/> where it is none.
    /// </param>
    public static string Bound(ImmutableArray<EgressGrant> grants, Func<string, string> fingerprint) =>
        string.Join(',', grants.Select(g =>
            Entry(g) + (g.Credential?.File is { } file ? $"/{fingerprint(file)}" : "")));

    /// <summary>Whether a request was agreed to with exactly this grant, and which secret of a file it was shown.
    /// </summary>
    public static bool Agreed(ImmutableArray<Variable> environment, EgressGrant grant, out string? fingerprint)
    {
        var entry = Entry(grant);
        foreach (var bound in environment.FirstOrDefault(v => v.Name == Variable)?.Value.Split(',') ?? [])
            if (bound.StartsWith(entry, StringComparison.Ordinal) && bound[entry.Length..] is var rest
                && (rest.Length == 0) == (grant.Credential?.File is null) && rest is "" or ['/', ..])
            {
                fingerprint = rest.Length == 0 ? null : rest[1..];
                return true;
            }
        fingerprint = null;
        return false;
    }

    /// <summary>Whether the lease behind a credential lives; true where there is none.</summary>
    internal static bool Lives(LeaseBook leases, RequestId request, EgressCredential credential) =>
        credential.Profile is not { } profile || leases.Live.Values.Any(l => l is LeaseState.Issued
            && l.Lease.Request == request && l.Lease.Profile.Id == profile);

    static string Entry(EgressGrant grant) =>
        $"{new EgressDestination(grant.Host, grant.Port)}=sha256:"
        + Canonical.Sha256Hex(grant, WireJson.Default.EgressGrant);
}

/// <summary>Where a sandbox finds whom its run's TLS clients may believe, where its way out opens TLS.</summary>
public static class EgressTrust
{
    /// <summary>Everybody whom the machine believes, and this run's own authority.</summary>
    public const string BundlePath = "/run/writ/trust/bundle.pem";

    /// <summary>This run's own authority alone, for programs that add to what they know.</summary>
    public const string AuthorityPath = "/run/writ/trust/run.pem";

    /// <summary>The files in which systems keep whom they believe; the bundle stands over those that exist.</summary>
    public static ImmutableArray<string> SystemBundles { get; } =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"];

    /// <summary>What OpenSSL (also in Go, .NET and Python), curl, git, Node, pip, requests, the AWS tools, cargo and
    /// Deno read.</summary>
    public static ImmutableArray<Variable> Variables { get; } =
    [
        new("AWS_CA_BUNDLE", BundlePath), new("CARGO_HTTP_CAINFO", BundlePath), new("CURL_CA_BUNDLE", BundlePath),
        new("DENO_CERT", AuthorityPath), new("GIT_SSL_CAINFO", BundlePath),
        new("NODE_EXTRA_CA_CERTS", AuthorityPath), new("PIP_CERT", BundlePath),
        new("REQUESTS_CA_BUNDLE", BundlePath), new("SSL_CERT_FILE", BundlePath),
    ];
}

using Writ.Egress;
using Writ.Runs.Recordings;

namespace Writ.Server.Egress;

/// <summary>
/// What is kept and shown of a run's connections, without the secrets that the run knows: an address is a place to put
/// one, and the ledger, findings and whoever approves are not who it was given to. Decided is about what was asked for.
/// </summary>
static class MaskedReach
{
    const int PathShown = 256;

    /// <summary>A record as it is kept: paths are cut last, so that none ends within a secret.</summary>
    internal static EgressRecord Of(EgressRecord record, KnownSecrets secrets)
    {
        var kept = Masked(record, secrets);
        return kept.Path is { Length: > PathShown } path ? kept with { Path = path[..PathShown] + "…" } : kept;
    }

    static EgressRecord Masked(EgressRecord record, KnownSecrets secrets) => secrets.Values.IsEmpty
        ? record
        : record with
        {
            Host = Host(record.Host, secrets),
            Method = record.Method is { } method ? secrets.Masked(method) : null,
            Path = record.Path is { } path ? Path(path, secrets) : null,
            Why = record.Why is { } why ? Path(why, secrets) : null,
        };

    internal static EgressAttempt Of(EgressAttempt attempt, KnownSecrets secrets) => secrets.Values.IsEmpty
        ? attempt
        : attempt with { Method = secrets.Masked(attempt.Method), Path = Path(attempt.Path, secrets) };

    // More of it may be coded than has to be, in either case of its digits: what it decodes to is looked at as well.
    static string Path(string path, KnownSecrets secrets)
    {
        var masked = secrets.Masked(path);
        if (!masked.Contains('%', StringComparison.Ordinal))
            return masked;
        var plain = Uri.UnescapeDataString(masked);
        var found = secrets.Masked(plain);
        return found == plain ? masked : found;
    }

    // Names are compared in lower case, and so is what was made one.
    static string Host(string host, KnownSecrets secrets)
    {
        var masked = secrets.Masked(host);
        foreach (var value in secrets.Values)
            if (value.Length >= SecretShapes.LengthMin)
                masked = masked.Replace(value, SecretShapes.Mask, StringComparison.OrdinalIgnoreCase);
        return masked;
    }
}

namespace Writ.Egress;

/// <summary>
/// One header field that is put into a request outside of the sandbox. Everything by which a request says who sends it
/// gives way to it.
/// </summary>
public sealed record AddedField(string Name, string Value)
{
    // Servers behind gateways read '_' as '-'.
    const char Alike = '_';

    static readonly ImmutableHashSet<string> _telling = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase, "Authorization", "Cookie", "Cookie2", "X-Api-Key", "X-Auth-Token",
        "Private-Token", "Accept-Encoding");

    static readonly ImmutableHashSet<string> _overriding = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase, "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
        "X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Host",
        "Forwarded");

    /// <summary>Whether a field of the request gives way.</summary>
    public bool Displaces(HttpField field) => Plain(field) is var name
        && (_telling.Contains(name) || string.Equals(name, Name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a request says who sends it, apart from what it accepts.</summary>
    public bool IsClaimed(HttpHead head) =>
        head.Fields.Any(f => Displaces(f) && !f.Is("Accept-Encoding"));

    /// <summary>Why a request cannot be decided by its first line; null when it can.</summary>
    public static EgressProblem? Problem(HttpHead head)
    {
        foreach (var field in head.Fields)
            if (_overriding.Contains(Plain(field)))
                return new("net.ambiguous", $"A request with {field.Name} may be for something else than it says.");
        return null;
    }

    static string Plain(HttpField field) => field.Name.Replace(Alike, '-');
}

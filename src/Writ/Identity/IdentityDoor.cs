using Writ.Requests;

namespace Writ.Identity;

/// <summary>
/// How a run is told of its identity: variables that are part of the action's environment, and so of what people sign.
/// A run is given nothing that they do not name, whatever its workflow says later.
/// </summary>
public static class IdentityDoor
{
    /// <summary>The Workload API inside of the sandbox.</summary>
    public const string SocketPath = "/run/writ/identity";

    public const string SocketVariable = "SPIFFE_ENDPOINT_SOCKET";
    public const string TiersVariable = "WRIT_IDENTITY_TIERS";
    public const string AudiencesVariable = "WRIT_IDENTITY_AUDIENCES";

    /// <summary>What a run of a workflow with such a grant is told.</summary>
    public static ImmutableArray<(string Name, string Value)> Variables(IdentityGrant grant) =>
    [
        (SocketVariable, $"unix://{SocketPath}"), (TiersVariable, string.Join(',', grant.Tiers.Order().Select(Word))),
        .. grant.Audiences.IsEmpty
            ? ((string, string)[])[]
            : [(AudiencesVariable, string.Join(',', grant.Audiences.Select(a => a.Name)))],
    ];

    /// <summary>Whether a request was made, and shown, as one whose run has an identity.</summary>
    public static bool IsOpen(Request request) => ValueOf(request, SocketVariable) == $"unix://{SocketPath}";

    public static bool Names(Request request, IdentityTier tier) =>
        IsOpen(request) && ListOf(request, TiersVariable).Contains(Word(tier), StringComparer.Ordinal);

    public static bool NamesAudience(Request request, string audience) =>
        IsOpen(request) && ListOf(request, AudiencesVariable).Contains(audience, StringComparer.Ordinal);

    public static string Word(IdentityTier tier) => tier switch
    {
        IdentityTier.Read => "read",
        IdentityTier.Write => "write",
        IdentityTier.Deploy => "deploy",
        _ => throw new InvariantBrokenException("There is no such tier."),
    };

    internal static string Words(ImmutableArray<IdentityTier> tiers) => string.Join(", ", tiers.Order().Select(Word));

    static string[] ListOf(Request request, string name) =>
        (ValueOf(request, name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    static string? ValueOf(Request request, string name) =>
        request.Environment.FirstOrDefault(v => v.Name == name)?.Value;
}

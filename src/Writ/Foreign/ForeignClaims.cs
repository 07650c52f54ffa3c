using System.Text.Json;

namespace Writ.Foreign;

/// <summary>
/// What of a token's claims is looked at, and so recorded: those that some admission of its issuer names, as texts.
/// </summary>
public static class ForeignClaims
{
    public const int ValueMax = 512;
    public const int NameMax = 64;

    const string Kubernetes = "kubernetes.io";

    // Of a projected token (bound service account tokens); the rest of its claims changes with each pod.
    static readonly (string Name, string[] Path)[] _kubernetes =
    [
        ("namespace", [Kubernetes, "namespace"]), ("serviceaccount", [Kubernetes, "serviceaccount", "name"]),
        ("serviceaccount_uid", [Kubernetes, "serviceaccount", "uid"]), ("pod", [Kubernetes, "pod", "name"]),
        ("node", [Kubernetes, "node", "name"]),
    ];

    /// <summary>The claims that count, in the order of their names.</summary>
    public static ImmutableArray<ClaimCondition> Of(TrustedIssuer issuer, JsonElement claims) =>
    [
        .. issuer.Admits.SelectMany(a => a.Where).Select(c => c.Name).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Value: Text(At(claims, PathOf(issuer.Kind, name)))))
            .Where(c => c.Value is { Length: <= ValueMax })
            .Select(c => new ClaimCondition(c.Name, c.Value!)),
    ];

    /// <summary>Why these conditions do not say for certain who is meant; null when they do.</summary>
    internal static string? Problem(ForeignKind kind, ImmutableArray<ClaimCondition> where)
    {
        if (where.Length > Admission.ConditionsMax
            || where.DistinctBy(c => c.Name, StringComparer.Ordinal).Count() < where.Length
            || !where.All(c => IsName(c.Name) && c.Value.Length is > 0 and <= ValueMax && !c.Value.Any(char.IsControl)))
            return $"At most {Admission.ConditionsMax} conditions NAME=VALUE, each name once, of a-z, 0-9 and _.";
        bool Has(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
                if (where.Any(c => c.Name == name))
                    return true;
            return false;
        }
        return kind switch
        {
            // A repository alone is everybody who may open a pull request.
            ForeignKind.Ci => Has("sub") || (Has("repository", "repository_id", "project_path", "project_id")
                && Has("ref", "environment", "workflow_ref", "job_workflow_ref"))
                    ? null
                    : "A job is known by sub, or by repository (or project_path) with ref, environment, workflow_ref "
                        + "or job_workflow_ref.",
            ForeignKind.Kubernetes => !Has("namespace") || !Has("serviceaccount")
                ? "A service account is known by namespace and serviceaccount."
                : where.All(c => _kubernetes.Any(k => k.Name == c.Name))
                    ? null
                    : "Of a service account namespace, serviceaccount, serviceaccount_uid, pod and node are looked at.",
            _ => where is [{ Name: "id" } only] && Identity.SpiffeId.Parse(only.Value) is { HasPath: true }
                ? null
                : "A workload is known by its SPIFFE ID alone: id=spiffe://DOMAIN/PATH.",
        };
    }

    static string[] PathOf(ForeignKind kind, string name) => kind switch
    {
        ForeignKind.Kubernetes => _kubernetes.FirstOrDefault(k => k.Name == name).Path ?? [],
        ForeignKind.Spiffe => name == "id" ? ["sub"] : [],
        _ => [name],
    };

    static JsonElement? At(JsonElement claims, string[] path)
    {
        JsonElement? at = path.Length == 0 ? null : claims;
        foreach (var name in path)
            at = at is { ValueKind: JsonValueKind.Object } map && map.TryGetProperty(name, out var value)
                ? value : null;
        return at;
    }

    // A list or a map has no one spelling, so nothing is ever equal to it.
    static string? Text(JsonElement? value) => value?.ValueKind switch
    {
        JsonValueKind.String => value.Value.GetString(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number when value.Value.TryGetInt64(out var number) =>
            number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    };

    static bool IsName(string name) => name.Length is > 0 and <= NameMax
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}

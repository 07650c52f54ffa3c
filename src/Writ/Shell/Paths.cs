namespace Writ.Shell;

/// <summary>Paths as text: nothing here looks at a disk.</summary>
public static class Paths
{
    static readonly ImmutableArray<string> _secretNames =
        [".env", ".netrc", ".pgpass", ".npmrc", ".pypirc", ".git-credentials", "credentials", "kubeconfig", "shadow",
            "gshadow", "sudoers", "environ",
            "id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", "terraform.tfstate", "terraform.tfstate.backup"];

    static readonly ImmutableArray<string> _secretFolders = [".ssh", ".aws", ".kube", ".gnupg", ".azure", ".gcloud",
        ".docker"];

    static readonly ImmutableArray<string> _secretEndings = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore",
        ".kdbx"];

    static readonly ImmutableArray<string> _secretMarkers =
        ["akia", "private key", "ghp_", "aws_secret", "password", "passwd"];

    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>
    /// An absolute path without <c>.</c>, <c>..</c> and doubled slashes, as text; links are not followed.
    /// </summary>
    public static string Normalize(string directory, string path)
    {
        var parts = new List<string>();
        foreach (var part in (path.StartsWith('/') ? path : directory + "/" + path).Split('/'))
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "." or ".."))
                parts.Add(part);
        return "/" + string.Join('/', parts);
    }

    public static bool IsWithin(string folder, string path) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>
    /// True for a text that somebody who looks for credentials would search for. A hint, not a proof.
    /// </summary>
    public static bool SeeksSecret(string text) =>
        _secretMarkers.Any(m => text.Contains(m, StringComparison.OrdinalIgnoreCase));

    /// <summary>True for names under which credentials usually lie. A hint for policy, not a proof.</summary>
    public static bool LooksSecret(string path)
    {
        var parts = path.ToLowerInvariant().Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            return false;
        var name = parts[^1];
        return _secretNames.Contains(name) || name.StartsWith(".env.", StringComparison.Ordinal)
            || _secretEndings.Any(e => name.EndsWith(e, StringComparison.Ordinal))
                || parts.Any(_secretFolders.Contains);
    }
}

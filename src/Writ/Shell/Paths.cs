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
        var lower = path.ToLowerInvariant().AsSpan().TrimEnd('/');
        var name = lower[(lower.LastIndexOf('/') + 1)..];
        if (name.IsEmpty)
            return false;
        if (IsOneOf(name, _secretNames) || name.StartsWith(".env.", StringComparison.Ordinal))
            return true;
        foreach (var ending in _secretEndings)
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return true;
        foreach (var part in lower.Split('/'))
            if (IsOneOf(lower[part], _secretFolders))
                return true;
        return false;
    }

    // Every argument of every request comes here, so nothing is made of it.
    static bool IsOneOf(ReadOnlySpan<char> text, ImmutableArray<string> list)
    {
        foreach (var item in list)
            if (text.SequenceEqual(item))
                return true;
        return false;
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Writ.Policies;

/// <summary>One policy file of the realm, by its name in the bundle and its exact text.</summary>
public sealed record PolicyFile(string Name, string Text);

/// <summary>The policies of a realm as text, in file-name order. Its digest names one exact policy state.</summary>
public sealed record PolicySource(ImmutableArray<PolicyFile> Files)
{
    public static PolicySource Empty { get; } = new([]);

    /// <summary>SHA-256 over every file's name and text, each ended by a NUL, in ordinal order of the names.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ReadOnlySpan<byte> end = [0];
        foreach (var file in Files.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file.Name));
            hash.AppendData(end);
            hash.AppendData(Encoding.UTF8.GetBytes(file.Text));
            hash.AppendData(end);
        }
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Writ.Policies;

/// <summary>What a file of a bundle is, told by its name alone.</summary>
public enum PolicyFileKind
{
    /// <summary>Cedar policies: every name that means nothing else.</summary>
    Policy,

    /// <summary>A Cedar schema: <c>*.cedarschema</c>, or <c>*.cedarschema.json</c> in JSON.</summary>
    Schema,

    /// <summary>Cases that show what the policies are for: <c>*.yaml</c>, <c>*.yml</c>, <c>*.json</c>.</summary>
    Tests,

    /// <summary>What the bundle is called and is for: <c>bundle.yaml</c>.</summary>
    Metadata,

    /// <summary>What programs do, over what Writ itself knows: <c>knowledge/*.json</c>.</summary>
    Knowledge,
}

/// <summary>One file of a bundle, by its name in the bundle and its exact text.</summary>
public sealed record PolicyFile(string Name, string Text)
{
    public PolicyFileKind Kind() =>
        Name.EndsWith(".cedarschema", StringComparison.Ordinal)
            || Name.EndsWith(".cedarschema.json", StringComparison.Ordinal) ? PolicyFileKind.Schema
        : Name.EndsWith(".json", StringComparison.Ordinal) && (Name.StartsWith("knowledge/", StringComparison.Ordinal)
            || Name.Contains("/knowledge/", StringComparison.Ordinal)) ? PolicyFileKind.Knowledge
        : Name == "bundle.yaml" || Name.EndsWith("/bundle.yaml", StringComparison.Ordinal) ? PolicyFileKind.Metadata
        : Name.EndsWith(".yaml", StringComparison.Ordinal) || Name.EndsWith(".yml", StringComparison.Ordinal)
            || Name.EndsWith(".json", StringComparison.Ordinal) ? PolicyFileKind.Tests
        : PolicyFileKind.Policy;
}

/// <summary>
/// A bundle as text: policies, their schema, their tests and what it is called. Its digest names one exact policy
/// state.
/// </summary>
public sealed record PolicySource(ImmutableArray<PolicyFile> Files)
{
    public static PolicySource Empty { get; } = new([]);

    /// <summary>The files of one kind, in ordinal order of their names.</summary>
    public IEnumerable<PolicyFile> Of(PolicyFileKind kind) =>
        Files.Where(f => f.Kind() == kind).OrderBy(f => f.Name, StringComparer.Ordinal);

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

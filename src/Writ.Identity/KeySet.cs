using System.Collections.Immutable;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>
/// The keys of an issuer (RFC 7517, section 5) as it publishes them for signatures. Keys of other uses and of kinds
/// that nobody here understands are passed over; a document with secrets in it is no key set.
/// </summary>
public static class KeySet
{
    /// <summary>Of the document, in bytes.</summary>
    public const int BytesMax = 256 * 1_024;

    public const int KeysMax = 100;

    // Parts of private and of shared keys (RFC 7518, sections 6.2.2, 6.3.2, 6.4): whoever publishes them publishes too
    // much.
    static readonly string[] _secrets = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <summary>The keys; null where it is no key set.</summary>
    public static ImmutableArray<PublicKeyJwk>? Parse(ReadOnlyMemory<byte> bytes)
    {
        if (StrictJson.Object(bytes, BytesMax) is not { } root || !root.TryGetProperty("keys", out var members)
            || members.ValueKind != JsonValueKind.Array || members.GetArrayLength() > KeysMax)
            return null;
        var keys = ImmutableArray.CreateBuilder<PublicKeyJwk>();
        foreach (var member in members.EnumerateArray())
        {
            if (member.ValueKind != JsonValueKind.Object || HasSecret(member))
                return null;
            if (member.Text("use") is null or "sig" && PublicKeyJwk.Parse(member) is { } key)
                keys.Add(key);
        }
        return keys.ToImmutable();
    }

    internal static bool HasSecret(JsonElement key) => _secrets.Any(s => key.TryGetProperty(s, out _));
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Writ.Ledger;

namespace Writ.Wire;

/// <summary>Values as the one canonical JSON text that is hashed and signed.</summary>
public static class Canonical
{
    public static ReadOnlyMemory<byte> Bytes<T>(T value, JsonTypeInfo<T> type)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(value, type);
        // The canonical text is never longer.
        var output = new ArrayBufferWriter<byte>(plain.Length);
        return CanonicalJson.TryCanonicalize(plain, output, out var fault)
            ? output.WrittenMemory
            : throw new InvariantBrokenException($"{typeof(T).Name} cannot be written canonically: {fault.Why}");
    }

    public static string Sha256Hex<T>(T value, JsonTypeInfo<T> type) =>
        Convert.ToHexStringLower(SHA256.HashData(Bytes(value, type).Span));
}

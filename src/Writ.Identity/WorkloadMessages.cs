using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Writ.Identity;

/// <summary>One X.509-SVID as its workload is given it.</summary>
/// <param name="Certificate">DER.</param>
/// <param name="Key">PKCS#8, DER, not encrypted.</param>
/// <param name="Hint">Which of several it is; no two of one answer share it.</param>
public sealed record X509SvidAnswer(SpiffeId Id, byte[] Certificate, byte[] Key, string Hint);

/// <summary>One JWT-SVID as its workload is given it.</summary>
public sealed record JwtSvidAnswer(SpiffeId Id, string Token, string Hint);

/// <summary>What a workload asks a JWT-SVID for.</summary>
/// <param name="Id">Empty where it asks for all that it may have.</param>
public sealed record JwtSvidQuestion(ImmutableArray<string> Audiences, string Id);

/// <summary>The messages of <c>workloadapi.proto</c>, by hand: there are few, and no package for them restores.
/// </summary>
public static class WorkloadMessages
{
    /// <summary>Of a message that is read, in bytes.</summary>
    public const int BytesMax = 64 * 1_024;

    const int AudiencesMax = 16;

    public static byte[] X509Svids(
        ImmutableArray<X509SvidAnswer> svids, TrustBundle own, IEnumerable<TrustBundle> foreign)
    {
        var message = new ProtobufWriter();
        var bundle = own.X509Bytes();
        foreach (var svid in svids)
            message.Message(1, m =>
            {
                m.Text(1, svid.Id.ToString());
                m.Data(2, svid.Certificate);
                m.Data(3, svid.Key);
                m.Data(4, bundle);
                m.Text(5, svid.Hint);
            });
        foreach (var other in foreign)
            Entry(message, 3, other.Domain, other.X509Bytes());
        return message.Bytes;
    }

    public static byte[] X509Bundles(IEnumerable<TrustBundle> bundles)
    {
        var message = new ProtobufWriter();
        foreach (var bundle in bundles)
            Entry(message, 2, bundle.Domain, bundle.X509Bytes());
        return message.Bytes;
    }

    public static byte[] JwtSvids(ImmutableArray<JwtSvidAnswer> svids)
    {
        var message = new ProtobufWriter();
        foreach (var svid in svids)
            message.Message(1, m =>
            {
                m.Text(1, svid.Id.ToString());
                m.Text(2, svid.Token);
                m.Text(3, svid.Hint);
            });
        return message.Bytes;
    }

    public static byte[] JwtBundles(IEnumerable<TrustBundle> bundles)
    {
        var message = new ProtobufWriter();
        foreach (var bundle in bundles)
            Entry(message, 1, bundle.Domain, bundle.ToJwtKeys());
        return message.Bytes;
    }

    public static byte[] Validated(SpiffeId id, JsonElement claims)
    {
        var message = new ProtobufWriter();
        message.Text(1, id.ToString());
        message.Message(2, m => Struct(m, claims));
        return message.Bytes;
    }

    /// <summary>Null for bytes that are no such message.</summary>
    public static JwtSvidQuestion? ReadJwtSvidRequest(ReadOnlySpan<byte> bytes)
    {
        var (audiences, id) = (ImmutableArray.CreateBuilder<string>(), "");
        var reader = new ProtobufReader(bytes);
        for (var field = reader.Next(); field != 0; field = reader.Next())
        {
            if (field > 2)
                continue;
            if (TextOf(reader.Value) is not { } text || audiences.Count == AudiencesMax)
                return null;
            if (field == 1)
                audiences.Add(text);
            else
                id = text;
        }
        return reader.IsBroken ? null : new JwtSvidQuestion(audiences.ToImmutable(), id);
    }

    /// <summary>Audience and token; null for bytes that are no such message.</summary>
    public static (string Audience, string Token)? ReadValidateRequest(ReadOnlySpan<byte> bytes)
    {
        var (audience, token) = ("", "");
        var reader = new ProtobufReader(bytes);
        for (var field = reader.Next(); field != 0; field = reader.Next())
        {
            if (field > 2)
                continue;
            if (TextOf(reader.Value) is not { } text)
                return null;
            if (field == 1)
                audience = text;
            else
                token = text;
        }
        return reader.IsBroken ? null : (audience, token);
    }

    // Bundles are keyed by the SPIFFE ID of their trust domain.
    static void Entry(ProtobufWriter message, int field, TrustDomain domain, byte[] bundle) =>
        message.Message(field, m =>
        {
            m.Text(1, domain.Id.ToString());
            m.Data(2, bundle);
        });

    // google.protobuf.Struct.
    static void Struct(ProtobufWriter message, JsonElement map)
    {
        foreach (var member in map.EnumerateObject())
            message.Message(1, entry =>
            {
                entry.Text(1, member.Name);
                entry.Message(2, value => Value(value, member.Value));
            });
    }

    static void Value(ProtobufWriter message, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                // A case of a oneof is written even when it is empty.
                message.Data(3, Encoding.UTF8.GetBytes(value.GetString()!));
                break;
            case JsonValueKind.Number:
                message.Real(2, value.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                message.Flag(4, value.GetBoolean());
                break;
            case JsonValueKind.Object:
                message.Message(5, m => Struct(m, value));
                break;
            case JsonValueKind.Array:
                message.Message(6, list =>
                {
                    foreach (var item in value.EnumerateArray())
                        list.Message(1, m => Value(m, item));
                });
                break;
            default:
                message.Flag(1, value: false);
                break;
        }
    }

    static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Writ.Egress;

/// <summary>What a SOCKS5 client says (RFC 1928): only connections, only without a password.</summary>
public static class SocksRequest
{
    public const byte Version = 5;
    public const byte NoMethod = 0xFF;
    public const byte Granted = 0;
    public const byte NotAllowed = 2;
    public const byte NetworkUnreachable = 3;
    public const byte HostUnreachable = 4;
    public const byte Refused = 5;
    public const byte NoSuchCommand = 7;
    public const byte NoSuchAddress = 8;

    const byte Connect = 1;
    const byte KindV4 = 1;
    const byte KindName = 3;
    const byte KindV6 = 4;

    /// <summary>How long the greeting is; 0 while that is not known.</summary>
    public static int GreetingLength(ReadOnlySpan<byte> bytes) => bytes.Length < 2 ? 0 : 2 + bytes[1];

    /// <summary>Whether a whole greeting offers to go on without a password.</summary>
    public static bool OffersNoPassword(ReadOnlySpan<byte> greeting) => greeting[2..].Contains((byte)0);

    /// <summary>How long the request is; 0 while that is not known, -1 when it is none.</summary>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 5)
            return 0;
        return bytes[3] switch
        {
            KindV4 => 10,
            KindName => 7 + bytes[4],
            KindV6 => 22,
            _ => -1,
        };
    }

    /// <summary>The place of a whole request; else the reply's code.</summary>
    public static (EgressDestination? Place, byte Reply) Read(ReadOnlySpan<byte> request)
    {
        if (request[0] != Version || request[2] != 0)
            return (null, Refused);
        if (request[1] != Connect)
            return (null, NoSuchCommand);
        var port = BinaryPrimitives.ReadUInt16BigEndian(request[^2..]);
        var host = request[3] switch
        {
            KindV4 => EgressAddress.Of(request[4..8])?.ToString(),
            KindV6 => EgressAddress.Of(request[4..20])?.ToString(),
            KindName => EgressDestination.HostOf(Encoding.Latin1.GetString(request[5..^2])),
            _ => null,
        };
        return host is null || port == 0 ? (null, NoSuchAddress) : (new EgressDestination(host, port), Granted);
    }

    /// <summary>The answer to a request; the address we dial from is nobody's business.</summary>
    public static byte[] Reply(byte code) => [Version, code, 0, KindV4, 0, 0, 0, 0, 0, 0];
}

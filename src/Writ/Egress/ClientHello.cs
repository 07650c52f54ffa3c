using System.Buffers.Binary;
using System.Text;

namespace Writ.Egress;

/// <summary>How far the first bytes of a connection tell what it is. Member 0 is what is not passed on.</summary>
public enum HelloKind
{
    /// <summary>Not TLS, or not in a form that can be read.</summary>
    Other,

    /// <summary>So far it is TLS; more has to come.</summary>
    Partial,

    /// <summary>A whole first message of a TLS client.</summary>
    Whole,
}

/// <summary>The first message of a TLS client, as far as it is sent in the clear (RFC 8446, RFC 6066).</summary>
/// <param name="ServerName">The host it asks for, as it is compared; null when it asks for none.</param>
/// <param name="Encrypted">Another first message, which cannot be read, lies in this one (ECH).</param>
public sealed record ClientHello(HelloKind Kind, string? ServerName, bool Encrypted)
{
    /// <summary>Larger than any that is known, key shares of post-quantum methods included.</summary>
    public const int BytesMax = 32 * 1024;

    const byte HandshakeRecord = 22;
    const byte ClientHelloMessage = 1;
    const int RecordHeader = 5;
    const int RecordMax = 16 * 1024;
    const int MessageHeader = 4;
    const ushort ServerNameExtension = 0;
    const ushort EncryptedHelloExtension = 0xFE0D;

    static readonly ClientHello _other = new(HelloKind.Other, null, false);
    static readonly ClientHello _partial = new(HelloKind.Partial, null, false);

    /// <summary>Reads what has come so far, at least one byte.</summary>
    public static ClientHello Read(ReadOnlySpan<byte> bytes)
    {
        // A message may be cut over several records.
        var message = new byte[Math.Min(bytes.Length, BytesMax)];
        var length = 0;
        while (!bytes.IsEmpty)
        {
            if (bytes[0] != HandshakeRecord || (bytes.Length > 1 && bytes[1] != 3))
                return _other;
            if (bytes.Length < RecordHeader)
                return _partial;
            var size = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            if (size is 0 or > RecordMax)
                return _other;
            var part = bytes[RecordHeader..Math.Min(bytes.Length, RecordHeader + size)];
            if (length + part.Length > message.Length)
                return _other;
            part.CopyTo(message.AsSpan(length));
            length += part.Length;
            if (length > 0 && message[0] != ClientHelloMessage)
                return _other;
            if (length >= MessageHeader && WholeLength(message) > BytesMax)
                return _other;
            if (length >= MessageHeader && WholeLength(message) is var whole && length >= whole)
                return length == whole ? Whole(message.AsSpan(MessageHeader, whole - MessageHeader)) : _other;
            if (part.Length < size)
                return _partial;
            bytes = bytes[(RecordHeader + size)..];
        }
        return _partial;
    }

    static int WholeLength(byte[] message) =>
        MessageHeader + ((message[1] << 16) | (message[2] << 8) | message[3]);

    static ClientHello Whole(ReadOnlySpan<byte> body)
    {
        // Version and random, then a session id, suites and compressions, each after its length.
        var reader = new Reader(body);
        if (!reader.Skip(34) || !reader.TakeBlock(1, out _) || !reader.TakeBlock(2, out _)
            || !reader.TakeBlock(1, out _))
            return _other;
        if (reader.IsAtEnd)
            return new ClientHello(HelloKind.Whole, null, false);
        if (!reader.TakeBlock(2, out var extensions) || !reader.IsAtEnd)
            return _other;
        string? name = null;
        var (hasName, isEncrypted) = (false, false);
        var inner = new Reader(extensions);
        while (!inner.IsAtEnd)
        {
            if (!inner.TakeNumber(out var kind) || !inner.TakeBlock(2, out var content))
                return _other;
            isEncrypted |= kind == EncryptedHelloExtension;
            if (kind != ServerNameExtension)
                continue;
            // Two of them, or one with two names, would be read in two ways.
            if (hasName || NameOf(content) is not { } found)
                return _other;
            (hasName, name) = (true, found);
        }
        return new ClientHello(HelloKind.Whole, name, isEncrypted);
    }

    static string? NameOf(ReadOnlySpan<byte> content)
    {
        var reader = new Reader(content);
        if (!reader.TakeBlock(2, out var list) || !reader.IsAtEnd)
            return null;
        var names = new Reader(list);
        return names.TakeByte(out var kind) && kind == 0 && names.TakeBlock(2, out var name) && names.IsAtEnd
            ? EgressDestination.HostOf(Encoding.Latin1.GetString(name))
            : null;
    }

    ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> _rest = bytes;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public bool Skip(int count)
        {
            if (_rest.Length < count)
                return false;
            _rest = _rest[count..];
            return true;
        }

        public bool TakeByte(out byte value)
        {
            value = _rest.IsEmpty ? (byte)0 : _rest[0];
            return Skip(1);
        }

        public bool TakeNumber(out ushort value)
        {
            value = _rest.Length < 2 ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(_rest);
            return Skip(2);
        }

        /// <summary>A block after its length, which takes one byte or two.</summary>
        public bool TakeBlock(int lengthBytes, out ReadOnlySpan<byte> block)
        {
            block = default;
            if (_rest.Length < lengthBytes)
                return false;
            int length = lengthBytes == 1 ? _rest[0] : BinaryPrimitives.ReadUInt16BigEndian(_rest);
            if (_rest.Length < lengthBytes + length)
                return false;
            block = _rest.Slice(lengthBytes, length);
            return Skip(lengthBytes + length);
        }
    }
}

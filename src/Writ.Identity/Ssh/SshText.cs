using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Writ.Identity.Ssh;

/// <summary>Writes what SSH sends: RFC 4251, section 5.</summary>
public sealed class SshWriter
{
    readonly ArrayBufferWriter<byte> _bytes = new();

    public SshWriter Byte(byte value)
    {
        _bytes.Write([value]);
        return this;
    }

    public SshWriter Number(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public SshWriter Long(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    /// <summary>Bytes behind their length.</summary>
    public SshWriter Text(ReadOnlySpan<byte> value)
    {
        Number((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    public SshWriter Text(string value) => Text(Encoding.UTF8.GetBytes(value));

    /// <summary>A number that is not negative, as <c>mpint</c>: no needless zero in front, and one where the first
    /// bit would make it negative.</summary>
    public SshWriter Integer(ReadOnlySpan<byte> bigEndian)
    {
        var first = bigEndian.IndexOfAnyExcept((byte)0);
        if (first < 0)
            return Number(0);
        var digits = bigEndian[first..];
        var isHigh = digits[0] >= 0x80;
        Number((uint)(digits.Length + (isHigh ? 1 : 0)));
        if (isHigh)
            Byte(0);
        _bytes.Write(digits);
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public SshWriter Raw(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}

/// <summary>Reads what SSH sends. What is cut off or too long makes every further answer false, and reads as nothing.
/// </summary>
public ref struct SshReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Nothing was missing so far.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>All of it was there, and nothing behind it.</summary>
    public readonly bool IsAtEnd => IsWhole && _rest.IsEmpty;

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public uint Number() => Take(4) is { Length: 4 } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;

    public ReadOnlySpan<byte> Text()
    {
        var length = Number();
        return length <= (uint)_rest.Length ? Take((int)length) : Take(int.MaxValue);
    }

    ReadOnlySpan<byte> Take(int count)
    {
        if (!IsWhole || count > _rest.Length)
        {
            IsWhole = false;
            _rest = [];
            return [];
        }
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

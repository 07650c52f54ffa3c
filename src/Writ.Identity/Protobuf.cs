using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Writ.Identity;

/// <summary>Writes one message of Protocol Buffers, version 3: as much of it as the Workload API needs.</summary>
sealed class ProtobufWriter
{
    const int Delimited = 2;
    const int Fixed64 = 1;

    readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] Bytes => _bytes.WrittenSpan.ToArray();

    public void Text(int field, string value)
    {
        if (value.Length > 0)
            Data(field, Encoding.UTF8.GetBytes(value));
    }

    public void Data(int field, ReadOnlySpan<byte> value)
    {
        Number((uint)(field << 3 | Delimited));
        Number((uint)value.Length);
        _bytes.Write(value);
    }

    public void Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        Data(field, inner.Bytes);
    }

    public void Flag(int field, bool value)
    {
        Number((uint)(field << 3));
        Number(value ? 1u : 0u);
    }

    public void Real(int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Number((uint)(field << 3 | Fixed64));
        _bytes.Write(bytes);
    }

    void Number(uint value)
    {
        while (value >= 0x80)
        {
            _bytes.Write([(byte)(value & 0x7F | 0x80)]);
            value >>= 7;
        }
        _bytes.Write([(byte)value]);
    }
}

/// <summary>
/// Reads the fields of one message. Whatever is no message ends the reading with <see cref="IsBroken"/>; fields that
/// nobody asked for are passed over, as the format demands.
/// </summary>
ref struct ProtobufReader(ReadOnlySpan<byte> rest)
{
    ReadOnlySpan<byte> _rest = rest;

    public bool IsBroken { get; private set; }

    /// <summary>Of a field that holds bytes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The number of the next field with bytes; 0 at the end.</summary>
    public int Next()
    {
        while (!IsBroken && _rest.Length > 0)
        {
            var key = Number();
            // Looked at before it is cut to 32 bits: else a number that is none would be read as another field.
            if (key >> 3 is 0 or > 0x1FFFFFFF)
                IsBroken = true;
            else if ((key & 7) == 2)
            {
                var length = Number();
                if (length > (ulong)_rest.Length)
                    IsBroken = true;
                if (IsBroken)
                    return 0;
                Value = Take((int)length);
                return (int)(key >> 3);
            }
            else
                Pass((int)(key & 7));
        }
        return 0;
    }

    void Pass(int kind)
    {
        if (kind == 0)
            Number();
        else if (kind is 1 or 5)
            Take(kind == 1 ? 8 : 4);
        else
            IsBroken = true;
    }

    ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            IsBroken = true;
            return [];
        }
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
                break;
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        IsBroken = true;
        return 0;
    }
}

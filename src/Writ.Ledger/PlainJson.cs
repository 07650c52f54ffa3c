using System.Buffers;
using System.Buffers.Text;

namespace Writ.Ledger;

/// <summary>
/// Builds canonical JSON of parts whose keys the caller gives in their order. It takes only what is its own canonical
/// form: text of printable ASCII without quote and backslash, and integers in range. After anything else it
/// <see cref="Failed"/>, and the caller goes the general way over <see cref="CanonicalJson"/>. Its memory is rented.
/// </summary>
public ref struct PlainJson : IDisposable
{
    const int BytesFirst = 2_048;
    const int NumberBytesMax = 20;

    static readonly SearchValues<char> _plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    byte[] _bytes;
    int _written;

    public PlainJson() => _bytes = ArrayPool<byte>.Shared.Rent(BytesFirst);

    /// <summary>True when something had another canonical form, or was missing; what is written then means
    /// nothing.</summary>
    public bool Failed { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _written);

    /// <summary>Canonical JSON, or a piece of it, as it is.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        json.CopyTo(Room(json.Length));
        _written += json.Length;
    }

    public void Text(string? text)
    {
        if (text is null || text.AsSpan().ContainsAnyExcept(_plain) || text.Length > CanonicalJson.InputBytesMax)
        {
            Failed = true;
            return;
        }
        var room = Room(text.Length + 2);
        room[0] = (byte)'"';
        for (var i = 0; i < text.Length; i++)
            room[i + 1] = (byte)text[i];
        room[text.Length + 1] = (byte)'"';
        _written += text.Length + 2;
    }

    public void Number(long number)
    {
        Failed |= number is > CanonicalJson.IntegerMax or < -CanonicalJson.IntegerMax;
        Utf8Formatter.TryFormat(number, Room(NumberBytesMax), out var length);
        _written += length;
    }

    public void Truth(bool value) => Raw(value ? "true"u8 : "false"u8);

    Span<byte> Room(int length)
    {
        if (_bytes.Length - _written < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_written + length, _bytes.Length * 2));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        return _bytes.AsSpan(_written);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}

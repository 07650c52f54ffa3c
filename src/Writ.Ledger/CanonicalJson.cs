using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Writ.Ledger;

/// <summary>
/// The one canonical text of a JSON value: the subset of RFC 8785 whose numbers are integers of at most 2^53-1 in
/// magnitude. Keys are sorted by UTF-16 code units, escapes are minimal, there is no white space. Text that two
/// readers could understand differently (duplicate keys, lone surrogates, ill-formed UTF-8) has no canonical form.
/// </summary>
public static class CanonicalJson
{
    public const int BytesMax = 1 << 20;
    public const int DepthMax = 64;

    /// <summary>Writes the canonical text to <paramref name="output"/>, or nothing at all and a fault.</summary>
    public static bool TryCanonicalize(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output, out CanonicalJsonFault fault)
    {
        if (!TryRent(utf8, out var text, out var length, out fault))
            return false;
        output.Write(text.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(text);
        return true;
    }

    /// <summary>Whether the bytes are exactly what <see cref="TryCanonicalize"/> would write for them.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> utf8)
    {
        if (!TryRent(utf8, out var text, out var length, out _))
            return false;
        var same = utf8.SequenceEqual(text.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(text);
        return same;
    }

    static bool TryRent(ReadOnlySpan<byte> utf8, out byte[] text, out int length, out CanonicalJsonFault fault)
    {
        text = [];
        length = 0;
        if (utf8.Length > BytesMax)
        {
            fault = new(BytesMax, "json.size", $"the text is longer than {BytesMax} bytes");
            return false;
        }
        if (!Utf8.IsValid(utf8))
        {
            fault = new(FirstIllFormed(utf8), "json.utf8", "the text is not well-formed UTF-8");
            return false;
        }

        // No canonical form is longer than the text it came from: escapes only shrink and white space goes.
        text = ArrayPool<byte>.Shared.Rent(Math.Max(utf8.Length, 1));
        var pass = new CanonicalPass(utf8, text);
        var done = pass.Run();
        length = pass.Written;
        fault = pass.Fault;
        pass.Return();
        if (!done)
            ArrayPool<byte>.Shared.Return(text);
        return done;
    }

    static int FirstIllFormed(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (at < utf8.Length && Rune.DecodeFromUtf8(utf8[at..], out _, out var taken) == OperationStatus.Done)
            at += taken;
        return at;
    }
}

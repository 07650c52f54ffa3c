using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Writ.Cedar;

/// <summary>
/// A JSON document whose elements know where they stand in its text. Nothing is computed before the first question, and
/// a question costs the way from the last one.
/// </summary>
sealed class JsonText(ReadOnlyMemory<byte> utf8, string? fileName)
{
    SourceText? _source;
    int _lastByte;
    int _lastCharacter;

    public SourceText Source => _source ??= new SourceText(Encoding.UTF8.GetString(utf8.Span), fileName, isJson: true);

    /// <summary>Where an element begins that was parsed from these bytes, in characters of the source.</summary>
    public int OffsetOf(JsonElement element) =>
        utf8.Span.Overlaps(JsonMarshal.GetRawUtf8Value(element), out var offset)
            ? CharacterAt(offset)
            : throw new ArgumentException("an element of another document", nameof(element));

    /// <summary>What the framework's reader found wrong, at the place where it stopped.</summary>
    public ParseError Describe(JsonException fault, int depthMax)
    {
        var offset = 0;
        for (var line = fault.LineNumber ?? 0; line > 0 && offset < utf8.Length; line--)
        {
            var length = utf8.Span[offset..].IndexOf((byte)'\n');
            offset = length < 0 ? utf8.Length : offset + length + 1;
        }
        offset = (int)Math.Min(utf8.Length, offset + (fault.BytePositionInLine ?? 0));
        // The framework's own message is a key where its texts are left out of the program, and names bytes.
        var expected = FormattableString.Invariant($"well-formed JSON, at most {depthMax} deep");
        return Source.ErrorAt(CharacterAt(offset), "cedar.json", expected, FoundAt(offset, depthMax));
    }

    string FoundAt(int offset, int depthMax)
    {
        if (DepthAt(offset) > depthMax)
            return "deeper nesting";
        if (offset >= utf8.Length)
            return "the end of the text";
        if (Rune.DecodeFromUtf8(utf8.Span[offset..], out var character, out _) != OperationStatus.Done)
            return "bytes that are no UTF-8";
        var shown = new StringBuilder("'");
        Escapes.AppendVisible(shown, character);
        shown.Append('\'');
        return character.IsAscii ? shown.ToString() : FormattableString.Invariant($"{shown} (U+{character.Value:X4})");
    }

    /// <summary>Arrays and objects that are open behind a byte.</summary>
    int DepthAt(int offset)
    {
        var (depth, isText) = (0, false);
        var before = utf8.Span[..Math.Min(utf8.Length, offset + 1)];
        for (var i = 0; i < before.Length; i++)
        {
            if (isText && before[i] == '\\')
                i++;
            else if (before[i] == '"')
                isText = !isText;
            else if (!isText)
                depth += before[i] is (byte)'[' or (byte)'{' ? 1 : before[i] is (byte)']' or (byte)'}' ? -1 : 0;
        }
        return depth;
    }

    /// <summary>The character that begins at or around a byte.</summary>
    public int CharacterAt(int offset)
    {
        if (Source.Text.Length == utf8.Length)
            return offset;
        // An element is asked for before or after its parts, so the way back is short too.
        _lastCharacter += offset < _lastByte
            ? -Encoding.UTF8.GetCharCount(utf8.Span[offset.._lastByte])
            : Encoding.UTF8.GetCharCount(utf8.Span[_lastByte..offset]);
        _lastByte = offset;
        // Bytes that are no UTF-8 count differently when they are cut.
        return Math.Clamp(_lastCharacter, 0, Source.Text.Length);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Writ.Ledger;

/// <summary>
/// One pass over JSON text that writes the canonical form as it reads. Members of an object are written where they
/// stand and moved only when their keys were out of order, so sorted input costs no second copy. All memory is rented.
/// </summary>
ref struct CanonicalJsonWriter
{
    const int InsertionSortMax = 24;

    // What ends a run of bytes that a string copies as they are: a quote, an escape, or a forbidden raw control.
    static readonly SearchValues<byte> StringStops = SearchValues.Create(
    [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F,
        0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F,
        (byte)'"', (byte)'\\',
    ]);

    readonly ReadOnlySpan<byte> _input;
    readonly Span<byte> _output;
    CanonicalMember[] _members;
    byte[] _scratch;
    int _memberCount;
    int _position;

    public CanonicalJsonWriter(ReadOnlySpan<byte> input, Span<byte> output)
    {
        _input = input;
        _output = output;
        _members = [];
        _scratch = [];
    }

    public int Written { get; private set; }

    public CanonicalJsonFault Fault { get; private set; }

    public void Dispose()
    {
        if (_members.Length > 0)
            ArrayPool<CanonicalMember>.Shared.Return(_members);
        if (_scratch.Length > 0)
            ArrayPool<byte>.Shared.Return(_scratch);
        _members = [];
        _scratch = [];
    }

    public bool Write()
    {
        // Valid UTF-8 is settled once, vectorised; afterwards bytes above 0x7F can be copied without looking at them.
        if (!Utf8.IsValid(_input))
            return Fail(FirstInvalidUtf8(), CanonicalJsonFault.Utf8, "The text is not valid UTF-8.");
        SkipSpace();
        if (!Value(depth: 0))
            return false;
        SkipSpace();
        return _position == _input.Length || Fail(CanonicalJsonFault.Syntax, "Something follows the JSON value.");
    }

    bool Value(int depth)
    {
        if (_position >= _input.Length)
            return Fail(CanonicalJsonFault.Syntax, "The text ends where a value should be.");
        switch (_input[_position])
        {
            case (byte)'{':
                return Object(depth + 1);
            case (byte)'[':
                return Array(depth + 1);
            case (byte)'"':
                return String(out _);
            case (byte)'t':
                return Literal("true"u8);
            case (byte)'f':
                return Literal("false"u8);
            case (byte)'n':
                return Literal("null"u8);
            default:
                return Number();
        }
    }

    bool Object(int depth)
    {
        if (depth > CanonicalJson.DepthMax)
            return TooDeep();
        Copy();
        var body = Written;
        var first = _memberCount;
        var sorted = true;
        SkipSpace();
        if (Next((byte)'}'))
            return true;
        while (true)
        {
            var member = new CanonicalMember { Start = Written, InputOffset = _position };
            if (_position >= _input.Length || _input[_position] != '"')
                return Fail(CanonicalJsonFault.Syntax, "A member does not start with a quoted key.");
            if (!String(out member.IsPlain))
                return false;
            member.KeyEnd = Written;
            SkipSpace();
            if (!Next((byte)':'))
                return Fail(CanonicalJsonFault.Syntax, "A key is not followed by a colon.");
            SkipSpace();
            if (!Value(depth))
                return false;
            member.End = Written;
            sorted = Add(member, first) && sorted;
            SkipSpace();
            if (Next((byte)'}'))
                break;
            if (!Next((byte)','))
                return Fail(CanonicalJsonFault.Syntax, "A member is followed by neither a comma nor a closing brace.");
            SkipSpace();
        }
        if (!sorted && !Reorder(body, first))
            return false;
        _memberCount = first;
        return true;
    }

    bool Array(int depth)
    {
        if (depth > CanonicalJson.DepthMax)
            return TooDeep();
        Copy();
        SkipSpace();
        if (Next((byte)']'))
            return true;
        while (true)
        {
            if (!Value(depth))
                return false;
            SkipSpace();
            if (Next((byte)']'))
                return true;
            if (!Next((byte)','))
                return Fail(CanonicalJsonFault.Syntax, "An item is followed by neither a comma nor a closing bracket.");
            SkipSpace();
        }
    }

    /// <summary>Remembers a finished member; false when its key does not come after the key before it.</summary>
    bool Add(CanonicalMember member, int first)
    {
        if (_memberCount == _members.Length)
        {
            var larger = ArrayPool<CanonicalMember>.Shared.Rent(Math.Max(32, _members.Length * 2));
            _members.AsSpan(0, _memberCount).CopyTo(larger);
            if (_members.Length > 0)
                ArrayPool<CanonicalMember>.Shared.Return(_members);
            _members = larger;
        }
        _members[_memberCount++] = member;
        return _memberCount - first < 2 || CanonicalMember.Compare(_output, _members[_memberCount - 2], member) < 0;
    }

    bool Reorder(int body, int first)
    {
        var members = _members.AsSpan(first, _memberCount - first);
        // The closing brace is already written and stays where it is.
        var length = Written - 1 - body;
        if (_scratch.Length < length)
        {
            if (_scratch.Length > 0)
                ArrayPool<byte>.Shared.Return(_scratch);
            _scratch = ArrayPool<byte>.Shared.Rent(length);
        }
        _output.Slice(body, length).CopyTo(_scratch);
        Sort(members, body, length);

        var at = body;
        for (var i = 0; i < members.Length; i++)
        {
            var member = members[i];
            if (i > 0)
            {
                if (CompareInScratch(members[i - 1], member, body, length) == 0)
                    return Fail(Math.Max(members[i - 1].InputOffset, member.InputOffset),
                        CanonicalJsonFault.DuplicateKey, "An object has the same key twice.");
                _output[at++] = (byte)',';
            }
            var text = _scratch.AsSpan(member.Start - body, member.End - member.Start);
            text.CopyTo(_output[at..]);
            at += text.Length;
        }
        return true;
    }

    readonly int CompareInScratch(in CanonicalMember a, in CanonicalMember b, int body, int length) =>
        CanonicalMember.Compare(_scratch.AsSpan(0, length), a.From(body), b.From(body));

    readonly void Sort(Span<CanonicalMember> members, int body, int length)
    {
        if (members.Length > InsertionSortMax)
        {
            members.Sort(new CanonicalMember.ByKey(_scratch, body));
            return;
        }
        for (var i = 1; i < members.Length; i++)
        {
            var moving = members[i];
            var to = i;
            for (; to > 0 && CompareInScratch(members[to - 1], moving, body, length) > 0; to--)
                members[to] = members[to - 1];
            members[to] = moving;
        }
    }

    /// <summary>Copies a string; plain means that its canonical bytes sort as its UTF-16 code units do.</summary>
    bool String(out bool isPlain)
    {
        isPlain = true;
        Copy();
        while (true)
        {
            var rest = _input[_position..];
            var run = rest.IndexOfAny(StringStops);
            if (run < 0)
                return Fail(_input.Length, CanonicalJsonFault.Syntax, "The text ends inside a string.");
            var text = rest[..run];
            text.CopyTo(_output[Written..]);
            isPlain = isPlain && !text.ContainsAnyInRange((byte)0xEE, (byte)0xFF);
            Written += run;
            _position += run;
            switch (_input[_position])
            {
                case (byte)'"':
                    Copy();
                    return true;
                case (byte)'\\':
                    isPlain = false;
                    if (!Escape())
                        return false;
                    break;
                default:
                    return Fail(CanonicalJsonFault.Syntax, "A string contains a raw control character.");
            }
        }
    }

    bool Escape()
    {
        if (_position + 1 >= _input.Length)
            return Fail(_input.Length, CanonicalJsonFault.Syntax, "The text ends inside an escape.");
        var escape = _input[_position + 1];
        if (escape == 'u')
            return UnicodeEscape();
        var character = escape switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => (int)escape,
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => -1,
        };
        if (character < 0)
            return Fail(CanonicalJsonFault.Syntax, "A string contains an unknown escape.");
        _position += 2;
        Put(new Rune(character));
        return true;
    }

    bool UnicodeEscape()
    {
        var start = _position;
        if (!Hex4(out var unit))
            return Fail(start, CanonicalJsonFault.Syntax, "A \\u escape needs four hexadecimal digits.");
        if (!char.IsSurrogate(unit))
        {
            Put(new Rune(unit));
            return true;
        }
        if (!char.IsHighSurrogate(unit) || !_input[_position..].StartsWith("\\u"u8)
            || !Hex4(out var low) || !char.IsLowSurrogate(low))
            return Fail(start, CanonicalJsonFault.LoneSurrogate, "A string contains half of a surrogate pair.");
        Put(new Rune(unit, low));
        return true;
    }

    bool Hex4(out char unit)
    {
        unit = '\0';
        if (_position + 6 > _input.Length)
            return false;
        var value = 0;
        foreach (var digit in _input.Slice(_position + 2, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return false;
            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }
        unit = (char)value;
        _position += 6;
        return true;
    }

    void Put(Rune rune)
    {
        var value = rune.Value;
        if (value >= 0x20 && value != '"' && value != '\\')
        {
            Written += rune.EncodeToUtf8(_output[Written..]);
            return;
        }
        var letter = value switch
        {
            '"' or '\\' => (byte)value,
            '\b' => (byte)'b',
            '\t' => (byte)'t',
            '\n' => (byte)'n',
            '\f' => (byte)'f',
            '\r' => (byte)'r',
            _ => (byte)0,
        };
        _output[Written++] = (byte)'\\';
        if (letter != 0)
        {
            _output[Written++] = letter;
            return;
        }
        "u00"u8.CopyTo(_output[Written..]);
        _output[Written + 3] = (byte)('0' + (value >> 4));
        _output[Written + 4] = "0123456789abcdef"u8[value & 15];
        Written += 5;
    }

    bool Number()
    {
        var start = _position;
        var negative = _position < _input.Length && _input[_position] == '-';
        var at = negative ? start + 1 : start;
        var firstDigit = at;
        long value = 0;
        var inRange = true;
        for (; at < _input.Length && char.IsAsciiDigit((char)_input[at]); at++)
        {
            inRange = inRange && (value = value * 10 + (_input[at] - '0')) <= CanonicalJson.IntegerMax;
        }
        if (at == firstDigit)
            return Fail(CanonicalJsonFault.Syntax, "No JSON value starts here.");
        if (_input[firstDigit] == '0' && at > firstDigit + 1)
            return Fail(CanonicalJsonFault.Syntax, "A number starts with a needless zero.");
        if (at < _input.Length && _input[at] is (byte)'.' or (byte)'e' or (byte)'E')
            return Fail(CanonicalJsonFault.NotInteger, "A number has a fraction or an exponent.");
        if (!inRange)
            return Fail(CanonicalJsonFault.IntegerRange, "An integer is beyond 2^53-1.");
        // RFC 8785 writes minus zero as zero.
        var text = value == 0 ? "0"u8 : _input[start..at];
        text.CopyTo(_output[Written..]);
        Written += text.Length;
        _position = at;
        return true;
    }

    bool Literal(ReadOnlySpan<byte> word)
    {
        if (!_input[_position..].StartsWith(word))
            return Fail(CanonicalJsonFault.Syntax, "No JSON value starts here.");
        word.CopyTo(_output[Written..]);
        Written += word.Length;
        _position += word.Length;
        return true;
    }

    void Copy() => _output[Written++] = _input[_position++];

    bool Next(byte expected)
    {
        if (_position >= _input.Length || _input[_position] != expected)
            return false;
        Copy();
        return true;
    }

    void SkipSpace()
    {
        while (_position < _input.Length && _input[_position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            _position++;
    }

    readonly int FirstInvalidUtf8()
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(_input[at..], out _, out var consumed) == OperationStatus.Done)
            at += consumed;
        return at;
    }

    bool TooDeep() =>
        Fail(CanonicalJsonFault.TooDeep, $"Objects and arrays are nested deeper than {CanonicalJson.DepthMax}.");

    bool Fail(string code, string why) => Fail(_position, code, why);

    bool Fail(int offset, string code, string why)
    {
        Fault = new CanonicalJsonFault(offset, code, why);
        return false;
    }
}

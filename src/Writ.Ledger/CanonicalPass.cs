using System.Buffers;
using System.Globalization;
using System.Text;

namespace Writ.Ledger;

/// <summary>
/// One reading of one JSON text that writes its canonical form as it goes. Members of an object are written in the
/// order met and rearranged at its end only if they were not already sorted, so canonical input is a single pass.
/// </summary>
ref struct CanonicalPass(ReadOnlySpan<byte> input, byte[] output)
{
    const long IntegerMax = (1L << 53) - 1;
    const int InsertionMax = 24;

    static readonly SearchValues<byte> EndsPlainRun = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    readonly ReadOnlySpan<byte> _input = input;
    readonly byte[] _output = output;
    CanonicalMember[]? _members;
    byte[]? _scratch;
    int _memberCount;
    int _at;
    int _written;
    bool _simple;
    CanonicalJsonFault _fault;

    public readonly int Written => _written;

    public readonly CanonicalJsonFault Fault => _fault;

    public bool Run()
    {
        SkipSpace();
        if (!Value(depth: 0))
            return false;
        SkipSpace();
        return _at == _input.Length || Syntax("text follows the value");
    }

    public readonly void Return()
    {
        if (_members is not null)
            ArrayPool<CanonicalMember>.Shared.Return(_members);
        if (_scratch is not null)
            ArrayPool<byte>.Shared.Return(_scratch);
    }

    bool Value(int depth)
    {
        if (_at == _input.Length)
            return Syntax("a value is missing");
        return _input[_at] switch
        {
            (byte)'{' => depth < CanonicalJson.DepthMax ? Object(depth + 1) : TooDeep(),
            (byte)'[' => depth < CanonicalJson.DepthMax ? Array(depth + 1) : TooDeep(),
            (byte)'"' => String(),
            (byte)'t' => Word("true"u8),
            (byte)'f' => Word("false"u8),
            (byte)'n' => Word("null"u8),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => Number(),
            _ => Syntax("a value cannot start here"),
        };
    }

    bool Object(int depth)
    {
        var first = _memberCount;
        var sorted = true;
        Put(_input[_at++]);
        SkipSpace();
        if (Take((byte)'}'))
        {
            Put((byte)'}');
            return true;
        }
        while (true)
        {
            if (_memberCount > first)
                Put((byte)',');
            if (!Key() || !InOrder(first, ref sorted))
                return false;
            var mine = _memberCount - 1;
            SkipSpace();
            if (!Value(depth))
                return false;
            _members![mine].End = _written;
            SkipSpace();
            if (Take((byte)'}'))
                break;
            if (!Take((byte)','))
                return Syntax("a comma or the end of the object is missing");
            SkipSpace();
        }
        if (!sorted && !Rearrange(_members.AsSpan(first, _memberCount - first)))
            return false;
        _memberCount = first;
        Put((byte)'}');
        return true;
    }

    bool Key()
    {
        var member = new CanonicalMember { InputAt = _at, Start = _written };
        if (_at == _input.Length || _input[_at] != '"')
            return Syntax("a key is missing");
        if (!String())
            return false;
        member.KeyEnd = _written;
        member.Simple = _simple;
        SkipSpace();
        if (!Take((byte)':'))
            return Syntax("the colon after a key is missing");
        Put((byte)':');
        Push(member);
        return true;
    }

    bool InOrder(int first, ref bool sorted)
    {
        if (!sorted || _memberCount - first < 2)
            return true;
        var last = _members![_memberCount - 1];
        var order = CanonicalMember.Compare(_output, _members[_memberCount - 2], last);
        if (order == 0)
            return Duplicate(last);
        sorted = order < 0;
        return true;
    }

    bool Rearrange(scoped Span<CanonicalMember> members)
    {
        var start = members[0].Start;
        Sort(members);
        for (var i = 1; i < members.Length; i++)
            if (CanonicalMember.Compare(_output, members[i - 1], members[i]) == 0)
                return Duplicate(members[i - 1].InputAt > members[i].InputAt ? members[i - 1] : members[i]);

        _scratch ??= ArrayPool<byte>.Shared.Rent(_output.Length);
        _output.AsSpan(start, _written - start).CopyTo(_scratch);
        var to = start;
        foreach (ref readonly var member in members)
        {
            if (to > start)
                _output[to++] = (byte)',';
            var length = member.End - member.Start;
            _scratch.AsSpan(member.Start - start, length).CopyTo(_output.AsSpan(to));
            to += length;
        }
        return true;
    }

    readonly void Sort(scoped Span<CanonicalMember> members)
    {
        if (members.Length > InsertionMax)
        {
            members.Sort(new CanonicalMember.Order(_output));
            return;
        }
        for (var i = 1; i < members.Length; i++)
        {
            var moving = members[i];
            var to = i;
            for (; to > 0 && CanonicalMember.Compare(_output, members[to - 1], moving) > 0; to--)
                members[to] = members[to - 1];
            members[to] = moving;
        }
    }

    bool Array(int depth)
    {
        Put(_input[_at++]);
        SkipSpace();
        if (Take((byte)']'))
        {
            Put((byte)']');
            return true;
        }
        while (true)
        {
            if (!Value(depth))
                return false;
            SkipSpace();
            if (Take((byte)']'))
                break;
            if (!Take((byte)','))
                return Syntax("a comma or the end of the array is missing");
            Put((byte)',');
            SkipSpace();
        }
        Put((byte)']');
        return true;
    }

    bool Word(scoped ReadOnlySpan<byte> word)
    {
        if (!_input[_at..].StartsWith(word))
            return Syntax("a value cannot start here");
        PutAll(word);
        _at += word.Length;
        return true;
    }

    bool Number()
    {
        var start = _at;
        var negative = Take((byte)'-');
        var digits = _at;
        long value = 0;
        for (; _at < _input.Length && char.IsAsciiDigit((char)_input[_at]); _at++)
            if (value <= IntegerMax)
                value = value * 10 + (_input[_at] - '0');
        if (_at == digits)
            return Syntax("a minus sign stands without digits");
        if (_input[digits] == '0' && _at > digits + 1)
            return Fail(start, "json.syntax", "a number starts with zero");
        if (_at < _input.Length && _input[_at] is (byte)'.' or (byte)'e' or (byte)'E')
            return Fail(start, "json.not-integer", "a number has a fraction or an exponent");
        if (value > IntegerMax)
            return Fail(start, "json.integer-range", "a number is outside -(2^53-1) .. 2^53-1");
        // RFC 8785, 3.2.2.3: minus zero is written as zero.
        PutAll(negative && value == 0 ? "0"u8 : _input[start.._at]);
        return true;
    }

    bool String()
    {
        Put(_input[_at++]);
        _simple = true;
        while (true)
        {
            var rest = _input[_at..];
            var plain = rest.IndexOfAny(EndsPlainRun);
            if (plain < 0)
                return Fail(_input.Length, "json.syntax", "a string does not end");
            PutAll(rest[..plain]);
            _at += plain;
            switch (_input[_at])
            {
                case (byte)'"':
                    Put(_input[_at++]);
                    return true;
                case (byte)'\\':
                    _simple = false;
                    if (!Escape())
                        return false;
                    break;
                default:
                    return Fail(_at, "json.syntax", "a control character stands unescaped in a string");
            }
        }
    }

    bool Escape()
    {
        var start = _at++;
        if (_at == _input.Length)
            return Fail(start, "json.syntax", "a string does not end");
        var kind = _input[_at++];
        switch (kind)
        {
            case (byte)'"' or (byte)'\\' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                Put((byte)'\\');
                Put(kind);
                return true;
            case (byte)'/':
                Put(kind);
                return true;
            case (byte)'u':
                break;
            default:
                return Fail(start, "json.syntax", "an escape is unknown");
        }
        if (!Hex(start, out var unit))
            return false;
        if (!char.IsSurrogate(unit))
        {
            PutRune(new Rune(unit));
            return true;
        }
        if (!char.IsHighSurrogate(unit) || !Take((byte)'\\') || !Take((byte)'u'))
            return LoneSurrogate(start);
        if (!Hex(start, out var low))
            return false;
        if (!Rune.TryCreate(unit, low, out var rune))
            return LoneSurrogate(start);
        PutRune(rune);
        return true;
    }

    bool Hex(int start, out char unit)
    {
        unit = '\0';
        if (_input.Length - _at < 4
            || !ushort.TryParse(_input.Slice(_at, 4), NumberStyles.AllowHexSpecifier, null, out var parsed))
            return Fail(start, "json.syntax", "an escape needs four hexadecimal digits");
        _at += 4;
        unit = (char)parsed;
        return true;
    }

    void PutRune(Rune rune)
    {
        var letter = rune.Value switch
        {
            '"' => '"',
            '\\' => '\\',
            '\b' => 'b',
            '\f' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            _ => '\0',
        };
        if (letter != '\0')
        {
            Put((byte)'\\');
            Put((byte)letter);
        }
        else if (rune.Value < 0x20)
        {
            PutAll("\\u00"u8);
            Put((byte)(rune.Value < 0x10 ? '0' : '1'));
            Put("0123456789abcdef"u8[rune.Value & 0xF]);
        }
        else
        {
            _written += rune.EncodeToUtf8(_output.AsSpan(_written));
        }
    }

    void Push(in CanonicalMember member)
    {
        if (_members is null)
        {
            _members = ArrayPool<CanonicalMember>.Shared.Rent(64);
        }
        else if (_memberCount == _members.Length)
        {
            var larger = ArrayPool<CanonicalMember>.Shared.Rent(_members.Length * 2);
            _members.CopyTo(larger, 0);
            ArrayPool<CanonicalMember>.Shared.Return(_members);
            _members = larger;
        }
        _members[_memberCount++] = member;
    }

    void SkipSpace()
    {
        while (_at < _input.Length && _input[_at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            _at++;
    }

    bool Take(byte wanted)
    {
        if (_at == _input.Length || _input[_at] != wanted)
            return false;
        _at++;
        return true;
    }

    void Put(byte value) => _output[_written++] = value;

    void PutAll(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_output.AsSpan(_written));
        _written += bytes.Length;
    }

    bool Syntax(string why) => Fail(_at, "json.syntax", why);

    bool TooDeep() => Fail(_at, "json.depth", $"the value is nested deeper than {CanonicalJson.DepthMax}");

    bool LoneSurrogate(int start) => Fail(start, "json.lone-surrogate", "a surrogate stands without its partner");

    bool Duplicate(in CanonicalMember member) =>
        Fail(member.InputAt, "json.duplicate-key", "a key stands twice in one object");

    bool Fail(int offset, string code, string why)
    {
        _fault = new(offset, code, why);
        return false;
    }
}

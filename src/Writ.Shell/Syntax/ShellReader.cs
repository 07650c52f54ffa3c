using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Writ.Shell.Syntax;

/// <summary>
/// One pass over one text: the source, or a text inside of it that bash reads later (backquotes, a here-document whose
/// tabs are taken off). Bash finds the end of a quoted or bracketed construct first and gives its inside a meaning
/// later, by other rules; so does this, and what is rejected is what bash rejects.
/// </summary>
sealed partial class ShellReader
{
    readonly string _text;

    // Positions in the source by position in this text; null when this text is the source.
    readonly int[]? _map;
    readonly ShellBudget _budget;

    // Here-documents whose bodies are still to come; those of the substitution being read begin at the second.
    readonly List<Redirection> _pendingDocuments = [];
    int _pendingFrom;

    // Where the line ends after which a substitution's here-documents stand that it ended too early for, and where
    // they end; -1 when there are none.
    int _lateNewLine = -1;
    int _lateEnd;
    int _lineStart;

    // The parts of the words being read, those of inner words last.
    readonly List<WordPart> _parts = [];
    readonly bool _mentionsExtendedGlob;
    bool _extendedGlob;
    int _pos;

    // Nothing at or after this belongs to what is being read.
    int _end;

    // The command substitutions around this position: a here-document inside of one may end at its parenthesis.
    int _substitutions;

    public ShellReader(string text, int[]? map, ShellBudget budget, bool extendedGlob)
    {
        _text = text;
        _map = map;
        _budget = budget;
        _extendedGlob = extendedGlob;
        _mentionsExtendedGlob = text.Contains("extglob", StringComparison.Ordinal);
        _end = text.Length;
    }

    /// <summary>The first thing wrong; everything after it is the end of the text.</summary>
    public SyntaxFault? Fault { get; private set; }

    /// <summary>Reads the whole text line by line, as bash does.</summary>
    public Script ReadScript()
    {
        var lines = ImmutableArray.CreateBuilder<CommandList>();
        SkipNewLines();
        while (_pos < _end)
        {
            var line = ReadLine();
            if (Fault is not null)
                break;
            lines.Add(line);
            FollowOptions(line);
            SkipNewLines();
        }
        DropDocuments();
        if (_lateNewLine >= 0)
            Fail(SyntaxCodes.Unexpected, _lateNewLine, "the here-document of a substitution inside of it");
        return new Script(SpanFrom(0), Frozen(lines));
    }

    /// <summary>Reads the whole text as the inside of a substitution.</summary>
    public CommandList ReadBody()
    {
        var list = ReadList();
        if (Fault is null && _pos < _end)
            Unexpected("a command or the end");
        return list;
    }

    // The next character of the text with line continuations taken out; NUL at the end, which no source contains.
    char Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_pos >= _end)
                return '\0';
            var c = _text[_pos];
            return c == '\\' ? AfterContinuations() : c;
        }
    }

    char AfterContinuations()
    {
        while (_pos + 1 < _end && _text[_pos] == '\\' && _text[_pos + 1] == '\n')
            _pos += 2;
        return _pos < _end ? _text[_pos] : '\0';
    }

    // The character after the current one; only for a current one that is no backslash.
    char Next => CharAt(PositionAfter(_pos));

    int PositionAfter(int position)
    {
        position++;
        while (position + 1 < _end && _text[position] == '\\' && _text[position + 1] == '\n')
            position += 2;
        return position;
    }

    char CharAt(int position) => position < _end ? _text[position] : '\0';

    void Advance(int chars = 1)
    {
        for (; chars > 0; chars--)
            _pos = Math.Min(PositionAfter(_pos), _end);
    }

    void SkipBlanks()
    {
        while (true)
        {
            var c = Current;
            if (c is ' ' or '\t' || (c == '\\' && IsLostBackslash()))
            {
                _pos++;
                continue;
            }
            if (c == '#')
                while (_pos < _end && _text[_pos] != '\n')
                    _pos++;
            return;
        }
    }

    void SkipNewLines()
    {
        SkipBlanks();
        while (Current == '\n')
        {
            ReadNewLine();
            SkipBlanks();
        }
    }

    // Bash drops a backslash that ends the text when a quoted new line stands before it in the same line.
    bool IsLostBackslash()
    {
        if (_pos != _text.Length - 1)
            return false;
        var newLine = _text.LastIndexOf('\n', _pos);
        return newLine >= _lineStart && (newLine == 0 || _text[newLine - 1] != '\\');
    }

    void ReadNewLine()
    {
        _pos = _pos == _lateNewLine ? _lateEnd : _pos + 1;
        _lateNewLine = -1;
        _lineStart = _pos;
        if (_pendingDocuments.Count > _pendingFrom)
            ReadDocuments();
    }

    bool Enter()
    {
        if (_budget.TryEnter())
            return true;
        Fail(SyntaxCodes.TooDeep, _pos, $"at most {SyntaxLimits.DepthMax} constructs inside of one another");
        return false;
    }

    void Leave() => _budget.Leave();

    void CountNode()
    {
        if (!_budget.TryNode())
            Fail(SyntaxCodes.TooLarge, _pos, $"at most {SyntaxLimits.NodesMax} parts of commands");
    }

    bool CountReread(int chars)
    {
        if (_budget.TryReread(chars))
            return true;
        Fail(SyntaxCodes.TooLarge, _pos, "fewer brackets that can be read in two ways");
        return false;
    }

    void Fail(string code, int position, string expected)
    {
        Fault ??= new SyntaxFault(code, Mapped(Math.Min(position, _text.Length)), expected);
        _pos = _end;
    }

    void Unexpected(string expected)
    {
        if (_pos >= _end)
            Fail(SyntaxCodes.Unfinished, _end, expected);
        else
            Fail(SyntaxCodes.Unexpected, _pos, expected);
    }

    // What bash reads only when it runs the line is wrong for itself, not for the line. A spent limit stays.
    SyntaxFault? TakeFault(int position, int end)
    {
        if (_budget.IsSpent || Fault is not { } fault)
            return null;
        Fault = null;
        (_pos, _end) = (position, end);
        return fault;
    }

    int Mapped(int position) =>
        _map is null ? position : _map.Length == 0 ? 0 : _map[Math.Min(position, _map.Length - 1)];

    SourceSpan SpanFrom(int start) => Between(start, _pos);

    SourceSpan Between(int start, int end) => _map is null
        ? new SourceSpan(start, end)
        : new SourceSpan(Mapped(start), Mapped(end));

    static ImmutableArray<T> Frozen<T>(ImmutableArray<T>.Builder builder) =>
        builder.Count == builder.Capacity ? builder.MoveToImmutable() : builder.ToImmutable();

    static ImmutableArray<T> One<T>(T item) => ImmutableCollectionsMarshal.AsImmutableArray([item]);
}

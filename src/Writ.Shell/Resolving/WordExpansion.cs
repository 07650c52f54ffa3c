using System.Collections.Immutable;
using System.Text;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>Works out what a word becomes, as far as that is constant. It runs nothing and changes nothing.</summary>
sealed class WordExpansion
{
    readonly ShellState _state;
    readonly string _source;
    readonly List<ResolvedArgument> _fields = [];
    readonly StringBuilder _text = new();
    string? _prefix;
    bool _isStarted;
    bool _isMany;

    // Something other than patterns of names is unknown.
    bool _isUnclear;

    // Something other than numbers is unknown.
    bool _isForeign;

    WordExpansion(ShellState state, string source)
    {
        _state = state;
        _source = source;
    }

    /// <summary>The arguments a word becomes.</summary>
    public static List<ResolvedArgument> Arguments(Word word, ShellState state)
    {
        // Most words are one literal.
        if (word.Parts is [LiteralPart literal])
            return [ResolvedArgument.Known(literal.Text)];
        var source = ShellPrinter.Print(word);
        if (BraceWords.TryExpand(word.Parts) is not { } words)
            return [ResolvedArgument.Unknown(source, isMany: true)];
        var expansion = new WordExpansion(state, source);
        foreach (var parts in words)
        {
            foreach (var part in parts)
                expansion.AppendUnquoted(part);
            expansion.EndField();
        }
        return expansion._fields;
    }

    /// <summary>The one text a word becomes where words are not split: in an assignment, a here-string.</summary>
    public static ResolvedArgument Text(Word word, ShellState state)
    {
        if (word.Parts is [LiteralPart literal])
            return ResolvedArgument.Known(literal.Text);
        return Quoted(word.Parts, state);
    }

    /// <summary>The one text that parts become between double quotes.</summary>
    public static ResolvedArgument Quoted(ImmutableArray<WordPart> parts, ShellState state)
    {
        var expansion = new WordExpansion(state, string.Concat(parts.Select(ShellPrinter.Print)));
        expansion._isStarted = true;
        foreach (var part in parts)
            expansion.AppendQuoted(part);
        expansion._isMany = false;
        expansion.EndField();
        return expansion._fields[0];
    }

    void EndField()
    {
        if (_isStarted)
        {
            var isKnown = _prefix is null && _text.Length <= ResolveLimits.TextCharsMax;
            _fields.Add(isKnown
                ? new ResolvedArgument(_text.ToString(), _text.ToString(), IsMany: false, _source)
                : new ResolvedArgument(
                    null, _prefix ?? "", _isMany,
                    _isUnclear || _text.Length > ResolveLimits.TextCharsMax ? _source : _text.ToString())
                {
                    Arithmetic = _isForeign || _text.Length > ResolveLimits.TextCharsMax ? null : _text.ToString(),
                });
        }
        _text.Clear();
        (_prefix, _isStarted, _isMany, _isUnclear, _isForeign) = (null, false, false, false, false);
    }

    void AppendText(string text)
    {
        _isStarted = true;
        if (_text.Length <= ResolveLimits.TextCharsMax)
            _text.Append(text);
    }

    void AppendUnknown(bool isMany)
    {
        _isStarted = true;
        _isMany |= isMany;
        _isUnclear = true;
        _isForeign = true;
        _prefix ??= _text.ToString();
    }

    // A number, or what the environment had. Behind a letter it would make another name.
    void AppendNumber(bool isMany)
    {
        var isName = _text.Length > 0 && (char.IsAsciiLetterOrDigit(_text[^1]) || _text[^1] == '_');
        var wasForeign = _isForeign;
        AppendUnknown(isMany);
        _isForeign = wasForeign || isName;
        AppendText("0");
    }

    void AppendUnknown(WordPart part, bool isMany)
    {
        if (NumberOutput.IsNumber(part, _state))
            AppendNumber(isMany);
        else
            AppendUnknown(isMany);
    }

    // What stands there are names that a pattern matches; so much of them is known.
    void AppendPattern(string pattern, int prefixLength, bool isMany)
    {
        _isStarted = true;
        _isMany |= isMany;
        _isForeign = true;
        _prefix ??= string.Concat(_text.ToString(), pattern.AsSpan(0, prefixLength));
        AppendText(pattern);
    }

    bool TryAppendPattern(WordPart part, bool isMany)
    {
        if (part is not ParameterPart { Operator: ParameterOperator.None, IsIndirect: false, Subscript: null } variable
            || _state.Pattern(variable.Name) is not { } pattern)
            return false;
        AppendPattern(pattern.Text, pattern.Prefix.Length, isMany);
        return true;
    }

    // A known value outside of quotes is split, and what looks like a pattern may become names of files.
    void AppendSplit(string value)
    {
        if (!_state.SplitsAsUsual)
        {
            AppendUnknown(isMany: true);
            return;
        }
        foreach (var c in value)
        {
            if (c is ' ' or '\t' or '\n')
            {
                EndField();
                continue;
            }
            if (c is '*' or '?' or '[' or '\\')
                AppendUnknown(isMany: true);
            AppendText(c.ToString());
        }
    }

    void AppendUnquoted(WordPart part)
    {
        switch (part)
        {
            case DoubleQuotedPart quoted when !quoted.IsTranslated || _state.IsGuess:
                AppendDoubleQuoted(quoted);
                break;
            case TildePart tilde:
                AppendHome(tilde);
                break;
            case GlobPart glob:
                AppendPattern(glob.Text, 0, isMany: true);
                break;
            case ExtendedGlobPart or BracePart or BraceRangePart or UnknownExpansionPart or ArrayPart:
                AppendUnknown(isMany: true);
                break;
            case ProcessSubstitutionPart:
                AppendText("/dev/fd/");
                AppendUnknown(isMany: false);
                break;
            case ParameterPart { Name: "@" or "*", Operator: ParameterOperator.None, IsIndirect: false } all:
                AppendPositions(all, isQuoted: false);
                break;
            case ParameterPart
            {
                Subscript.ConstantValue: "@" or "*", Operator: ParameterOperator.None, IsIndirect: false
            } elements:
                AppendPositions(elements, isQuoted: false);
                break;
            case ParameterPart { Argument: { } word } choice when ParameterValue.IsWord(choice, _state):
                foreach (var inner in word.Parts)
                    if (inner is LiteralPart text)
                        AppendSplit(text.Text);
                    else
                        AppendUnquoted(inner);
                break;
            case ParameterPart or CommandSubstitutionPart or ArithmeticPart:
                if (Value(part, out var value))
                    AppendSplit(value ?? "");
                else if (TryAppendPattern(part, isMany: true))
                    break;
                else
                    AppendUnknown(part, isMany: !IsNumber(part));
                break;
            default:
                AppendConstant(part);
                break;
        }
    }

    void AppendDoubleQuoted(DoubleQuotedPart quoted)
    {
        // `"$@"` alone becomes no argument when there are no positions.
        if (quoted.Parts is not [ParameterPart { Operator: ParameterOperator.None, IsIndirect: false } only]
            || (only.Name != "@" && only.Subscript?.ConstantValue != "@"))
            _isStarted = true;
        foreach (var part in quoted.Parts)
            AppendQuoted(part);
    }

    void AppendQuoted(WordPart part)
    {
        switch (part)
        {
            case DoubleQuotedPart { IsTranslated: false } quoted:
                foreach (var inner in quoted.Parts)
                    AppendQuoted(inner);
                break;
            case ParameterPart { Name: "@", Operator: ParameterOperator.None, IsIndirect: false } all:
                AppendPositions(all, isQuoted: true);
                break;
            case ParameterPart
            {
                Subscript.ConstantValue: "@", Operator: ParameterOperator.None, IsIndirect: false
            } elements:
                AppendPositions(elements, isQuoted: true);
                break;
            case ParameterPart or CommandSubstitutionPart or ArithmeticPart:
                if (Value(part, out var value))
                    AppendText(value ?? "");
                else if (!TryAppendPattern(part, isMany: false))
                    AppendUnknown(part, isMany: IsList(part));
                break;
            // The target of a redirection; between double quotes there is none.
            case ProcessSubstitutionPart:
                AppendText("/dev/fd/");
                AppendUnknown(isMany: false);
                break;
            case TildePart tilde:
                AppendHome(tilde);
                break;
            case GlobPart glob:
                AppendText(glob.Text);
                break;
            default:
                AppendConstant(part);
                break;
        }
    }

    // Always one word, and never empty.
    static bool IsNumber(WordPart part) => part is ArithmeticPart
        or ParameterPart { Operator: ParameterOperator.None, Name: "$" or "?" or "#", IsIndirect: false }
        or ParameterPart { Operator: ParameterOperator.Length, IsIndirect: false };

    static bool IsList(WordPart part) =>
        part is ParameterPart { Name: "@" } or ParameterPart { Subscript.ConstantValue: "@" }
            or ParameterPart { Operator: ParameterOperator.Names };

    void AppendConstant(WordPart part)
    {
        if (part.ConstantValue is { } text)
            AppendText(text);
        else
            AppendUnknown(isMany: false);
    }

    void AppendHome(TildePart tilde)
    {
        if (tilde.User.Length == 0 && _state.TryGet("HOME", out var home) && home is not null)
            AppendText(home);
        else if (tilde.User == "+" && _state.Directory is { } directory)
            AppendText(directory);
        else
            AppendUnknown(isMany: false);
    }

    // `$@`, and all elements of an array that is known.
    void AppendPositions(ParameterPart parameter, bool isQuoted)
    {
        if ((parameter.Subscript is null ? _state.Positions : _state.Array(parameter.Name)) is not { } positions)
        {
            AppendUnknown(isMany: true);
            return;
        }
        for (var i = 0; i < positions.Length; i++)
        {
            if (i > 0)
                EndField();
            _isStarted |= isQuoted;
            if (positions[i].Value is not { } value)
            {
                if (positions[i].Arithmetic is { } number && ArithmeticValue.IsNumber(number))
                    AppendNumber(!isQuoted || positions[i].IsMany);
                else
                    AppendUnknown(!isQuoted || positions[i].IsMany);
            }
            else if (isQuoted)
            {
                AppendText(value);
            }
            else
            {
                AppendSplit(value);
            }
        }
    }

    // False: not known. Null: not set.
    bool Value(WordPart part, out string? value)
    {
        switch (part)
        {
            case ParameterPart parameter:
                return ParameterValue.TryGet(parameter, _state, out value);
            case CommandSubstitutionPart { Body: { } body }:
                value = KnownOutput.Of(body, _state)?.TrimEnd('\n');
                return value is not null;
            case ArithmeticPart arithmetic:
                value = ArithmeticValue.Of(Quoted(arithmetic.Parts, _state).Value);
                return value is not null;
            default:
                value = null;
                return false;
        }
    }
}

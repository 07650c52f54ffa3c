using System.Text;
using Writ.Shell;

namespace Writ.Runs.Recordings;

/// <summary>
/// What of a recorded terminal's text may reach the terminal of somebody who looks at it: text, colour, and where the
/// cursor goes. What makes a terminal answer, set a title or a clipboard, change its keys or keep something back is
/// left out (ECMA-48, and what xterm does beyond it). One filter for one replay: a sequence may come in pieces.
/// </summary>
public sealed class TerminalFilter
{
    /// <summary>What a replay that is over, or was left, writes: colours, cursor and screen as they were.</summary>
    public const string Reset = "\e[0m\e7\e[r\e8\e[?7h\e[?25h\e[?1049l";

    const int ParametersMax = 64;

    // Erase, move, insert and delete, scroll, colour, margins, save and restore the cursor.
    const string Finals = "@ABCDEFGHIJKLMPSTXZ`abdefmrsu";

    // Save and restore the cursor, index, next line, reverse index.
    const string Simple = "78DEM";

    readonly StringBuilder _sequence = new();
    State _state;
    char _high;

    enum State
    {
        Text,
        Escape,
        Control,
        // Of no interest up to its end: a command to the operating system, to the device, and their like.
        Command,
        CommandEscape,
        Charset,
    }

    /// <summary>The next piece without what may not pass.</summary>
    public string Pass(string piece)
    {
        var passed = new StringBuilder(piece.Length);
        foreach (var c in piece)
            Pass(c, passed);
        return passed.ToString();
    }

    /// <summary>The whole of a recording as plain text: no sequences at all, and what hides made visible.</summary>
    public static string Plain(string text)
    {
        var filter = new TerminalFilter();
        var plain = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var wasText = filter._state == State.Text;
            filter.Pass(c, new StringBuilder());
            if (wasText && filter._state == State.Text && c != '\r')
                plain.Append(c);
        }
        return VisibleText.Of(plain.ToString(), keepNewLines: true);
    }

    void Pass(char c, StringBuilder passed)
    {
        // These end whatever has begun, everywhere.
        if (c is '\u0018' or '\u001a')
            _state = State.Text;
        else if (c == '\e')
            _state = _state is State.Command or State.CommandEscape ? State.CommandEscape : State.Escape;
        else
            _state = Next(c, passed);
    }

    State Next(char c, StringBuilder passed)
    {
        switch (_state)
        {
            case State.Text:
                PassText(c, passed);
                return State.Text;
            case State.Escape:
                _sequence.Clear();
                if (Simple.Contains(c, StringComparison.Ordinal))
                    passed.Append('\e').Append(c);
                return c switch
                {
                    '[' => State.Control,
                    ']' or 'P' or 'X' or '^' or '_' => State.Command,
                    >= ' ' and <= '/' => State.Charset,
                    _ => State.Text,
                };
            case State.Control:
                if (c is >= ' ' and <= '?' && _sequence.Length < ParametersMax)
                {
                    _sequence.Append(c);
                    return State.Control;
                }
                if (c is >= '@' and <= '~' && IsHarmless(_sequence.ToString(), c))
                    passed.Append("\e[").Append(_sequence).Append(c);
                // Too long, or with a control character in it: its end is waited for all the same.
                return c is >= '@' and <= '~' ? State.Text : Spoiled();
            case State.Charset:
                return c is >= ' ' and <= '/' ? State.Charset : State.Text;
            case State.CommandEscape:
                return c == '\\' ? State.Text : State.Command;
            default:
                return c == '\a' ? State.Text : State.Command;
        }
    }

    State Spoiled()
    {
        _sequence.Clear().Append('!');
        return State.Control;
    }

    void PassText(char c, StringBuilder passed)
    {
        if (char.IsHighSurrogate(c))
        {
            _high = c;
            return;
        }
        if (char.IsLowSurrogate(c))
        {
            var pair = _high == 0 ? "\ufffd" : $"{_high}{c}";
            passed.Append(VisibleText.Of(pair) == pair ? pair : "\ufffd");
        }
        else if (c is '\n' or '\r' or '\t' or '\b')
            passed.Append(c);
        else if (c >= ' ')
            passed.Append(VisibleText.Of(c.ToString()) is [var shown] ? shown : '\ufffd');
        _high = '\0';
    }

    static bool IsHarmless(string parameters, char final)
    {
        if (parameters.StartsWith('?'))
            return final is 'h' or 'l'
                && parameters[1..].Split(';').All(mode => mode is "7" or "25" or "47" or "1047" or "1048" or "1049");
        var numbers = parameters.Split(';', ':');
        // No number so large that a terminal is kept busy by it. Number 3 of erasing forgets what the reader's own
        // terminal has scrolled away, and scrolling down with several numbers is about the mouse.
        return Finals.Contains(final) && numbers.All(n => n.Length <= 4 && n.All(char.IsAsciiDigit))
            && !(final == 'J' && numbers.Any(n => n.TrimStart('0') == "3"))
            && !(final is 'S' or 'T' && numbers.Length > 1);
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Writ.Cli.Arguments;
using Writ.Client.Connecting;
using Writ.Linux;
using Writ.Shell;

namespace Writ.Cli.Screens;

/// <summary>Where answers and messages go: data to standard output, words for a person to standard error.</summary>
static class Screen
{
    static readonly Descriptor _input = StandardStreams.Input;
    static readonly Descriptor _output = StandardStreams.Output;
    static readonly Descriptor _error = StandardStreams.Error;
    static bool _colorOutput;
    static bool _colorError;

    /// <summary>True when there is a person to ask: both ends are a terminal.</summary>
    public static bool IsInteractive => Terminal.IsTerminal(_input) && Terminal.IsTerminal(_error);

    public static bool InputIsTerminal => Terminal.IsTerminal(_input);

    public static bool OutputIsTerminal => Terminal.IsTerminal(_output);

    public static bool ErrorIsTerminal => Terminal.IsTerminal(_error);

    /// <summary>Where a person types.</summary>
    public static Descriptor Input => _input;

    public static void ChooseColor(string? when)
    {
        switch (when)
        {
            case "always":
                _colorOutput = _colorError = true;
                break;
            case "never":
                _colorOutput = _colorError = false;
                break;
            case null or "auto":
                var wanted = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
                    && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
                _colorOutput = wanted && Terminal.IsTerminal(_output);
                _colorError = wanted && Terminal.IsTerminal(_error);
                break;
            default:
                throw CliFaultException.Usage("--color is auto, always or never");
        }
    }

    /// <summary>One line of data.</summary>
    public static void Print(string line) => Write(_output, line + "\n");

    /// <summary>Data that has its own line ends.</summary>
    public static void PrintRaw(ReadOnlySpan<byte> bytes) => Write(_output, bytes);

    /// <summary>One value as one line of JSON.</summary>
    public static void PrintJson<T>(T value, JsonTypeInfo<T> type)
    {
        Write(_output, JsonSerializer.SerializeToUtf8Bytes(value, type));
        Write(_output, "\n"u8);
    }

    /// <summary>One line for the person.</summary>
    public static void Say(string line) => Write(_error, line + "\n");

    /// <summary>A part of a line for the person: a question, or progress.</summary>
    public static void SayPart(string text) => Write(_error, text);

    /// <summary>A whole text to whichever of the two it belongs.</summary>
    public static void Show(Page page, bool asMessage) =>
        Write(asMessage ? _error : _output, page.Render(asMessage ? _colorError : _colorOutput));

    public static void SayFault(CliFaultException fault)
    {
        var mark = _colorError ? "\e[31mwrit:\e[0m" : "writ:";
        Say($"{mark} {VisibleText.Of(fault.Message)} [{VisibleText.Of(fault.Code)}]");
    }

    /// <summary>Asks for yes; anything else is no. Only where there is a terminal.</summary>
    public static bool Agrees(string question)
    {
        SayPart($"{question} [y/N] ");
        return ReadLine() is "y" or "Y" or "yes";
    }

    /// <summary>One line from the terminal; null at its end.</summary>
    public static string? ReadLine()
    {
        var bytes = new List<byte>();
        Span<byte> one = stackalloc byte[1];
        while (bytes.Count < 4_096)
        {
            var count = _input.Read(one);
            if (count <= 0)
                return bytes.Count == 0 ? null : Encoding.UTF8.GetString([.. bytes]);
            if (one[0] == '\n')
                break;
            bytes.Add(one[0]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    static void Write(Descriptor to, string text) => Write(to, Encoding.UTF8.GetBytes(text));

    static void Write(Descriptor to, ReadOnlySpan<byte> bytes)
    {
        if (!StandardStreams.TryWriteAll(to, bytes))
            // Nobody reads any more, as under `head`; there is nobody to tell either.
            Environment.Exit(Exits.BrokenPipe);
    }
}

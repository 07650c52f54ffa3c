using System.Runtime.InteropServices;
using System.Text;
using Writ.Cli.Arguments;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Linux;

namespace Writ.Cli.Keys;

/// <summary>Where a key's passphrase comes from: a file, or the terminal without echo; never an argument. A code that
/// works once may be one, but every user of the machine can read the arguments of everybody's processes.</summary>
static class Passphrase
{
    const int BytesMax = 1_024;

    /// <summary>The passphrase for one signature.</summary>
    /// <param name="purpose">What it is for, as the end of the sentence "Passphrase ...".</param>
    public static string Get(ClientSettings settings, string purpose)
    {
        if (settings.PassphraseFile is { } file)
            return FromFile(file);
        RequireTerminal();
        return Ask($"Passphrase {purpose}: ");
    }

    /// <summary>A new passphrase, typed twice.</summary>
    public static string GetNew(ClientSettings settings, string purpose)
    {
        if (settings.PassphraseFile is { } file)
            return FromFile(file);
        RequireTerminal();
        var first = Ask($"New passphrase {purpose} (at least {DeviceKeyFile.PassphraseMin} characters): ");
        return Ask("The same again: ") == first
            ? first
            : throw CliFaultException.Error(
                "key.passphrases-differ", "the two passphrases differ; nothing was changed");
    }

    /// <summary>The one-time code of an invitation: as given, from standard input for <c>-</c>, or asked for.</summary>
    public static string Code(Typed typed)
    {
        const string option = "--code";
        if (typed.Value(option) is null && Screen.IsInteractive)
            return Ask("Code of the invitation: ").Trim();
        if (typed.Required(option) is var given && given != "-")
            return given.Trim();
        using var reader = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        var line = new char[BytesMax];
        var count = reader.ReadBlock(line);
        return new string(line, 0, count).Split('\n')[0].Trim() is { Length: > 0 } code
            ? code
            : throw CliFaultException.Usage("standard input has no code on its first line");
    }

    static void RequireTerminal()
    {
        if (!Screen.IsInteractive)
            throw CliFaultException.Usage(
                "there is no terminal to ask for the passphrase; use --passphrase-file FILE or WRIT_PASSPHRASE_FILE");
    }

    static string FromFile(string path)
    {
        try
        {
            if (PrivateFiles.IsOpenToOthers(path))
                Screen.Say($"writ: {path} can be read by others; chmod 600 it [key.passphrase-readable]");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[BytesMax + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var text = count > BytesMax ? "" : Encoding.UTF8.GetString(bytes, 0, count).Split('\n')[0].TrimEnd('\r');
            return text.Length > 0
                ? text
                : throw CliFaultException.Error(
                    "key.bad-passphrase-file", $"{path} has no passphrase on its first line");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliFaultException.Error("key.bad-passphrase-file", $"{path} cannot be read: {e.Message}");
        }
    }

    static string Ask(string question)
    {
        Screen.SayPart(question);
        using var raw = new Unechoed();
        var typed = new List<byte>();
        Span<byte> one = stackalloc byte[1];
        while (true)
        {
            if (Screen.Input.Read(one) <= 0 || one[0] is 3 or 4 or 27)
            {
                raw.Dispose();
                Screen.Say("");
                throw CliFaultException.Error("cli.cancelled", "nothing was signed");
            }
            switch (one[0])
            {
                case (byte)'\r' or (byte)'\n':
                    raw.Dispose();
                    Screen.Say("");
                    return typed.Count > 0
                        ? Encoding.UTF8.GetString([.. typed])
                        : throw CliFaultException.Error(
                            "cli.cancelled", "no passphrase was given, so nothing was signed");
                case 8 or 127:
                    // A whole character, which may be several bytes.
                    while (typed.Count > 0 && (typed[^1] & 0xC0) == 0x80)
                        typed.RemoveAt(typed.Count - 1);
                    if (typed.Count > 0)
                        typed.RemoveAt(typed.Count - 1);
                    break;
                case 21:
                    typed.Clear();
                    break;
                default:
                    if (typed.Count < BytesMax)
                        typed.Add(one[0]);
                    break;
            }
        }
    }

    /// <summary>
    /// The terminal in raw mode. That mode outlives a process that is ended, and a shell without echo is a bad gift: a
    /// signal gives the terminal back first, at whatever moment it comes.
    /// </summary>
    sealed class Unechoed : IDisposable
    {
        readonly Lock _turn = new();
        readonly PosixSignalRegistration[] _signals;
        readonly Terminal.RawMode? _raw;
        bool _isEnding;

        public Unechoed()
        {
            _signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }
                .Select(signal => PosixSignalRegistration.Create(signal, _ => GiveBackForGood()))];
            lock (_turn)
                _raw = _isEnding ? null : Terminal.EnterRawMode(Screen.Input);
        }

        public void Dispose()
        {
            lock (_turn)
                _raw?.Dispose();
            foreach (var signal in _signals)
                signal.Dispose();
        }

        // The signal's own effect follows, so whoever has not entered the mode yet never may.
        void GiveBackForGood()
        {
            lock (_turn)
            {
                _isEnding = true;
                _raw?.Dispose();
            }
        }
    }
}

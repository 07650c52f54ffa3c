using System.Runtime.InteropServices;
using System.Text;
using Writ.Cli.Screens;
using Writ.Linux;

namespace Writ.Cli.Keys;

/// <summary>A secret that a person types at the terminal, where it is not shown.</summary>
static class SecretPrompt
{
    /// <summary>No secret of a person is longer.</summary>
    public const int BytesMax = 1_024;

    /// <param name="what">What is missing when nothing is typed, as a word.</param>
    public static string Ask(string question, string what)
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
                            "cli.cancelled", $"no {what} was given, so nothing was signed");
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

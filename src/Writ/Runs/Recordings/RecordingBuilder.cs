using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Writ.Runs.Recordings;

/// <summary>Takes down what a run prints while it prints it, up to a bound.</summary>
/// <param name="bytesMax">So many bytes are kept; of what follows only the number is told.</param>
/// <param name="ofTerminal">
/// The command printed on a terminal, which has put a carriage return in front of each line's end; else that is done
/// here, because whoever plays the recording has a terminal.
/// </param>
public sealed class RecordingBuilder(int bytesMax, bool ofTerminal)
{
    /// <summary>Pieces beyond this many are told together with the one before.</summary>
    public const int PiecesMax = 50_000;

    readonly List<Taken> _taken = [];
    readonly Stream _output = new();
    readonly Stream _error = new();
    int _kept;
    long _dropped;
    long _droppedAtMs;

    public long OutputBytes { get; private set; }

    public long ErrorBytes { get; private set; }

    public bool IsEmpty => OutputBytes + ErrorBytes == 0;

    /// <summary>Something was printed.</summary>
    /// <param name="atMs">Milliseconds since the run began; a clock that went back counts as one that stands.</param>
    public void Add(long atMs, bool isError, ReadOnlySpan<byte> bytes)
    {
        if (isError)
            ErrorBytes += bytes.Length;
        else
            OutputBytes += bytes.Length;
        var room = Math.Min(bytesMax - _kept, bytes.Length);
        if (room < bytes.Length && _dropped == 0)
            _droppedAtMs = atMs;
        _dropped += bytes.Length - room;
        _kept += room;
        Take(atMs, isError, (isError ? _error : _output).Read(bytes[..room], ofTerminal, isEnd: false));
    }

    /// <summary>The terminal's size has changed.</summary>
    public void Resize(long atMs, int columns, int rows)
    {
        if (_taken.Count < PiecesMax)
            _taken.Add(new Taken(
                NotBefore(atMs), IsError: false,
                new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{columns}x{rows}")), IsResize: true));
    }

    /// <summary>The recording, without the secrets that are known or have a known shape.</summary>
    /// <param name="secrets">Values that must not be in it; those shorter than a secret are passed over.</param>
    public Recording Finish(int columns, int rows, DateTimeOffset at, string title, ImmutableArray<string> secrets)
    {
        foreach (var isError in (ReadOnlySpan<bool>)[false, true])
        {
            if (_taken.FindLastIndex(t => t.IsError == isError && !t.IsResize) is >= 0 and var last)
                _taken[last].Text.Append((isError ? _error : _output).Read([], ofTerminal, isEnd: true));
            Mask(isError, secrets);
        }
        var pieces = ImmutableArray.CreateBuilder<RecordedPiece>(_taken.Count + 2);
        foreach (var taken in _taken)
            if (taken.Text.Length > 0)
                pieces.Add(new RecordedPiece(
                    taken.AtMs, taken.IsResize ? RecordedKind.Resize : RecordedKind.Output, taken.Text.ToString()));
        if (_dropped > 0)
        {
            var end = NotBefore(_droppedAtMs);
            pieces.Add(new RecordedPiece(end, RecordedKind.Mark, Recording.Truncated));
            pieces.Add(new RecordedPiece(end, RecordedKind.Output, string.Create(CultureInfo.InvariantCulture,
                $"\r\n[the recording is truncated here: {_dropped} more bytes were printed]\r\n")));
        }
        return new Recording(columns, rows, at, title, pieces.ToImmutable());
    }

    void Take(long atMs, bool isError, string text)
    {
        if (text.Length == 0)
            return;
        if (_taken.Count > 0 && _taken[^1] is { IsResize: false } last && last.IsError == isError
            && (last.AtMs >= atMs || _taken.Count >= PiecesMax))
            last.Text.Append(text);
        else if (_taken.Count < PiecesMax + 2)
            _taken.Add(new Taken(NotBefore(atMs), isError, new StringBuilder(text), IsResize: false));
        else
            _taken[^1].Text.Append(text);
    }

    long NotBefore(long atMs) => Math.Max(atMs, _taken.Count > 0 ? _taken[^1].AtMs : 0);

    // A secret may have been printed in several pieces, so each stream is looked through as one text.
    void Mask(bool isError, ImmutableArray<string> secrets)
    {
        var own = _taken.Where(t => t.IsError == isError && !t.IsResize).ToArray();
        var found = SecretShapes.Find(string.Concat(own.Select(t => t.Text.ToString())), secrets);
        var (start, next) = (0, 0);
        foreach (var taken in own)
        {
            var text = taken.Text.ToString();
            var end = start + text.Length;
            var shown = new StringBuilder(text.Length);
            var at = start;
            for (; next < found.Length && found[next].Start < end; next++)
            {
                var (from, to) = (found[next].Start, found[next].Start + found[next].Length);
                if (from >= start)
                    shown.Append(text, at - start, from - at).Append(SecretShapes.Mask);
                at = Math.Min(to, end);
                if (to > end)
                    break;
            }
            taken.Text.Clear().Append(shown).Append(text, at - start, end - at);
            start = end;
        }
    }

    sealed record Taken(long AtMs, bool IsError, StringBuilder Text, bool IsResize);

    /// <summary>
    /// One of the two streams: its bytes may be cut within a character, and its lines before their end.
    /// </summary>
    sealed class Stream
    {
        readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        char _before;

        public string Read(ReadOnlySpan<byte> bytes, bool ofTerminal, bool isEnd)
        {
            var characters = new char[_decoder.GetCharCount(bytes, isEnd)];
            var text = characters.AsSpan(0, _decoder.GetChars(bytes, characters, isEnd));
            if (ofTerminal || text.IsEmpty)
                return text.ToString();
            var lines = new StringBuilder(text.Length + 16);
            foreach (var c in text)
            {
                if (c == '\n' && _before != '\r')
                    lines.Append('\r');
                lines.Append(_before = c);
            }
            return lines.ToString();
        }
    }
}

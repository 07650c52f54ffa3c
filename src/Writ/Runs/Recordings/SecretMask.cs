using System.Text;

namespace Writ.Runs.Recordings;

/// <summary>
/// Masks known secrets in one stream of bytes while it passes, wherever it is cut: what may be the beginning of a
/// secret is held back until more of it has come. One for each stream, for one thread.
/// </summary>
/// <param name="keepsLength">A star stands for each byte of a secret, for streams that have said how long they are.
/// </param>
public sealed class SecretMask(KnownSecrets secrets, bool keepsLength = false)
{
    static readonly byte[] _mask = Encoding.ASCII.GetBytes(SecretShapes.Mask);

    // Bytes that a secret may still reach back to, and which of them are of one.
    readonly List<byte> _held = [];
    readonly List<bool> _secret = [];
    SecretMatcher? _matcher;
    int _state;
    bool _inMask;

    /// <summary>Something is held back.</summary>
    public bool IsHolding => _held.Count > 0;

    /// <summary>What of the stream so far can be shown now.</summary>
    public ReadOnlyMemory<byte> Pass(ReadOnlyMemory<byte> bytes)
    {
        if (!ReferenceEquals(_matcher, secrets.Matcher))
            Learn(secrets.Matcher);
        if (_matcher is not { } matcher)
            return bytes;
        if (_held.Count == 0 && !_inMask && matcher.NextStart(bytes.Span) < 0)
            return bytes;
        var shown = new List<byte>(bytes.Length + _mask.Length);
        var rest = bytes.Span;
        while (!rest.IsEmpty)
        {
            // Far from any secret whole pieces go through.
            if (_held.Count == 0 && matcher.NextStart(rest) is var start && start != 0)
            {
                var plain = start < 0 ? rest : rest[..start];
                shown.AddRange(plain);
                _inMask = false;
                rest = rest[plain.Length..];
                continue;
            }
            Take(matcher, rest[0]);
            Show(shown, _held.Count - matcher.DepthOf(_state));
            rest = rest[1..];
        }
        return shown.ToArray();
    }

    /// <summary>What is held back, because the stream is over or nothing more has come for a while.</summary>
    public ReadOnlyMemory<byte> Release()
    {
        var shown = new List<byte>(_held.Count);
        Show(shown, _held.Count);
        (_state, _inMask) = (0, false);
        return shown.ToArray();
    }

    void Take(SecretMatcher matcher, byte next)
    {
        _held.Add(next);
        _secret.Add(false);
        _state = matcher.Next(_state, next);
        var length = matcher.FoundAt(_state);
        for (var i = _held.Count - length; i < _held.Count; i++)
            _secret[i] = true;
    }

    void Show(List<byte> shown, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!_secret[i])
                shown.Add(_held[i]);
            else if (keepsLength)
                shown.Add((byte)'*');
            else if (!_inMask)
                shown.AddRange(_mask);
            _inMask = _secret[i];
        }
        _held.RemoveRange(0, count);
        _secret.RemoveRange(0, count);
    }

    // A secret that is known from now on may have begun in what is held.
    void Learn(SecretMatcher? matcher)
    {
        (_matcher, _state) = (matcher, 0);
        if (matcher is null)
            return;
        var held = _held.ToArray();
        var secret = _secret.ToArray();
        _held.Clear();
        _secret.Clear();
        for (var i = 0; i < held.Length; i++)
        {
            Take(matcher, held[i]);
            _secret[i] |= secret[i];
        }
    }
}

/// <summary>Finds many values in a stream at once, byte by byte (Aho and Corasick, 1975). It never changes.</summary>
sealed class SecretMatcher
{
    readonly Dictionary<int, int> _next = [];
    readonly List<int> _depth = [0];
    readonly List<int> _found = [0];
    readonly List<int> _fallback = [0];
    readonly System.Buffers.SearchValues<byte> _starts;

    public SecretMatcher(ImmutableArray<byte[]> values)
    {
        _starts = System.Buffers.SearchValues.Create([.. values.Select(v => v[0]).Distinct()]);
        foreach (var value in values)
            Add(value);
        Link();
    }

    /// <summary>Where a value may begin; less than 0 when none can.</summary>
    public int NextStart(ReadOnlySpan<byte> bytes) => bytes.IndexOfAny(_starts);

    /// <summary>How many of the last bytes are the beginning of a value.</summary>
    public int DepthOf(int state) => _depth[state];

    /// <summary>How long the longest value is that ends here; 0 for none.</summary>
    public int FoundAt(int state) => _found[state];

    public int Next(int state, byte next)
    {
        while (true)
        {
            if (_next.TryGetValue(Key(state, next), out var to))
                return to;
            if (state == 0)
                return 0;
            state = _fallback[state];
        }
    }

    void Add(byte[] value)
    {
        var state = 0;
        foreach (var b in value)
        {
            if (!_next.TryGetValue(Key(state, b), out var to))
            {
                to = _depth.Count;
                _next[Key(state, b)] = to;
                _depth.Add(_depth[state] + 1);
                _found.Add(0);
                _fallback.Add(0);
            }
            state = to;
        }
        _found[state] = value.Length;
    }

    // In the order of depth, so that where a state falls back to is known before it is needed.
    void Link()
    {
        foreach (var (key, to) in _next.OrderBy(n => _depth[n.Value]).ToList())
        {
            var (from, b) = (key >> 8, (byte)(key & 255));
            _fallback[to] = from == 0 ? 0 : Next(_fallback[from], b);
            _found[to] = Math.Max(_found[to], _found[_fallback[to]]);
        }
    }

    static int Key(int state, byte next) => (state << 8) | next;
}

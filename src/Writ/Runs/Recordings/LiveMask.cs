using System.Text;

namespace Writ.Runs.Recordings;

/// <summary>
/// Keeps known secrets out of a stream while it is passed on, wherever its pieces are cut: an end that could be the
/// beginning of a secret waits for what follows. It keeps accidents from whoever reads along and is no boundary: a
/// command that has a secret can print it in another form.
/// </summary>
public sealed class LiveMask
{
    static readonly byte[] _mask = Encoding.UTF8.GetBytes(SecretShapes.Mask);

    readonly ImmutableArray<byte[]> _secrets;
    byte[] _held = [];

    /// <param name="secrets">Values that are not shown; those shorter than a secret are passed over.</param>
    public LiveMask(ImmutableArray<string> secrets) => _secrets =
    [
        .. secrets.Where(s => s.Length >= SecretShapes.LengthMin).Distinct().Select(Encoding.UTF8.GetBytes)
            .OrderByDescending(s => s.Length),
    ];

    /// <summary>What may be passed on now of what was held back and this.</summary>
    public ReadOnlyMemory<byte> Pass(ReadOnlyMemory<byte> piece) =>
        _secrets.IsEmpty ? piece : Masked([.. _held, .. piece.Span], isEnd: false);

    /// <summary>What was held back, when nothing follows any more.</summary>
    public ReadOnlyMemory<byte> End() => Masked(_held, isEnd: true);

    byte[] Masked(ReadOnlySpan<byte> rest, bool isEnd)
    {
        var passed = new List<byte>(rest.Length);
        while (true)
        {
            // Whatever begins where a longer secret may have begun waits until that is known.
            var sure = rest.Length - (isEnd ? 0 : Beginning(rest));
            var (start, length) = Next(rest);
            if (length == 0 || start >= sure)
            {
                passed.AddRange(rest[..sure]);
                _held = rest[sure..].ToArray();
                return [.. passed];
            }
            passed.AddRange(rest[..start]);
            passed.AddRange(_mask);
            rest = rest[(start + length)..];
        }
    }

    // The first that begins; of those that begin together the longest.
    (int Start, int Length) Next(ReadOnlySpan<byte> bytes)
    {
        var (start, length) = (int.MaxValue, 0);
        foreach (var secret in _secrets)
            if (bytes.IndexOf(secret) is >= 0 and var found && found < start)
                (start, length) = (found, secret.Length);
        return (start, length);
    }

    // The longest end that is the beginning of a secret.
    int Beginning(ReadOnlySpan<byte> bytes)
    {
        var longest = 0;
        foreach (var secret in _secrets)
            for (var length = Math.Min(secret.Length - 1, bytes.Length); length > longest; length--)
                if (bytes.EndsWith(secret.AsSpan(0, length)))
                    longest = length;
        return longest;
    }
}

using System.Text;

namespace Writ.Runs.Recordings;

/// <summary>
/// The secrets that one run may come to know. Whoever hands it one adds it here first, from any thread and also while
/// the run goes on: from then on it is masked in everything that the run prints (<see cref="SecretMask"/>), in what is
/// kept of it, and in the arguments that its record tells of.
/// </summary>
public sealed class KnownSecrets
{
    public const int ValuesMax = 256;
    public const int ValueBytesMax = 16 * 1024;
    const int FormsBytesMax = 512 * 1024;

    // Shorter pieces of base64 are in too many texts.
    const int EncodedMin = 12;

    readonly Lock _gate = new();
    ImmutableArray<string> _values = [];
    ImmutableHashSet<string> _forms = [];
    volatile SecretMatcher? _matcher;
    volatile bool _hasNew;

    /// <summary>The values, in the order in which they came.</summary>
    public ImmutableArray<string> Values
    {
        get
        {
            lock (_gate)
                return _values;
        }
    }

    /// <summary>
    /// What finds them; null while there is nothing to find. It is made when it is first asked for: a run is not kept
    /// from starting by what it takes to look through its output.
    /// </summary>
    internal SecretMatcher? Matcher
    {
        get
        {
            if (!_hasNew)
                return _matcher;
            lock (_gate)
            {
                if (_hasNew)
                    _matcher = new SecretMatcher([.. _forms.Select(Encoding.UTF8.GetBytes)]);
                _hasNew = false;
                return _matcher;
            }
        }
    }

    /// <summary>Adds a value with the forms in which it is usually printed: its lines, base64, percent encoding.
    /// </summary>
    /// <returns>
    /// False when it cannot be masked, because it is longer or there are more than this holds: then it must not be
    /// given to the run. Values shorter than <see cref="SecretShapes.LengthMin"/> are taken and not masked.
    /// </returns>
    public bool TryAdd(string value)
    {
        lock (_gate)
        {
            if (value.Length < SecretShapes.LengthMin || _values.Contains(value))
                return true;
            if (_values.Length == ValuesMax || Encoding.UTF8.GetByteCount(value) > ValueBytesMax)
                return false;
            var forms = _forms.Union(FormsOf(value));
            if (forms.Sum(Encoding.UTF8.GetByteCount) > FormsBytesMax)
                return false;
            (_values, _forms, _hasNew) = (_values.Add(value), forms, true);
            return true;
        }
    }

    /// <summary>A text with every value in it masked.</summary>
    public string Masked(string text)
    {
        if (Matcher is null)
            return text;
        var mask = new SecretMask(this);
        var passed = mask.Pass(Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetString([.. passed.Span, .. mask.Release().Span]);
    }

    static IEnumerable<string> FormsOf(string value)
    {
        yield return value;
        foreach (var line in value.Split('\n'))
            if (line.Trim() is { Length: >= SecretShapes.LengthMin } shown)
                yield return shown;
        var percent = Uri.EscapeDataString(value);
        if (percent != value)
            yield return percent;
        var bytes = Encoding.UTF8.GetBytes(value);
        // What it becomes in the middle of something that is encoded depends on how many bytes stand in front of it.
        for (var before = 0; before < 3; before++)
        {
            var encoded = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            // The characters at both ends are also made of the neighbours.
            var first = (before * 8 + 5) / 6;
            var last = (before + bytes.Length) * 8 / 6;
            if (last - first < EncodedMin)
                continue;
            var inner = encoded[first..last];
            yield return inner;
            yield return inner.Replace('+', '-').Replace('/', '_');
        }
    }
}

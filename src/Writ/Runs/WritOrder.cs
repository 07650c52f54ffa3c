using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Writ.Runs;

/// <summary>
/// A writ: the single-use order to run one exact action, as the text that the control plane signs. It names the
/// action only by digests (<see cref="ActionDigests"/>), who answers for it, and until when it may be obeyed. The text
/// has one form per order: first line <c>writ/v1</c>, then every key once, in fixed order, one <c>key value</c> per
/// line; lists repeat their key. Times are UTC with milliseconds; finer parts are cut off when the value is made.
/// </summary>
public sealed record WritOrder(
    string Id,
    string Realm,
    string Session,
    string Request,
    string RequestDigest,
    string PolicyDigest,
    string ArgvDigest,
    string CwdDigest,
    string EnvironmentDigest,
    string ExecutableDigest,
    string TierMin,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    string Sponsor,
    string WorkflowOwner,
    string PlatformOwner,
    string SecurityOwner,
    ImmutableArray<string> TargetOwners,
    ImmutableArray<string> Approvers)
{
    public const string Header = "writ/v1";

    /// <summary>No order is longer; a longer text is refused before it is read.</summary>
    public const int BytesMax = 32 * 1024;

    const int ValueCharactersMax = 512;
    const int ListMax = 64;
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public DateTimeOffset IssuedAt { get; init; } = WholeMilliseconds(IssuedAt);

    public DateTimeOffset ExpiresAt { get; init; } = WholeMilliseconds(ExpiresAt);

    /// <summary>The text to sign. An order with a value that could not be read back is a bug of the issuer.</summary>
    public string Render()
    {
        var text = new StringBuilder(1024);
        text.Append(Header).Append('\n');
        foreach (var (key, value) in Lines())
        {
            if (!IsValue(key, value))
                throw new InvalidOperationException($"the writ's '{key}' cannot be written");
            text.Append(key).Append(' ').Append(value).Append('\n');
        }
        if (TargetOwners.Length > ListMax || Approvers.Length > ListMax || text.Length > BytesMax)
            throw new InvalidOperationException("the writ is longer than an order may be");
        return text.ToString();
    }

    /// <summary>
    /// Reads exactly what <see cref="Render"/> writes; null for anything else, whatever the difference.
    /// </summary>
    public static WritOrder? Parse(string text)
    {
        if (text.Length > BytesMax)
            return null;
        var reader = new LineReader(text);
        if (!reader.TakeHeader())
            return null;
        var order = new WritOrder(
            reader.One("id"),
            reader.One("realm"),
            reader.One("session"),
            reader.One("request"),
            reader.One("request-digest"),
            reader.One("policy-digest"),
            reader.One("argv-digest"),
            reader.One("cwd-digest"),
            reader.One("environment-digest"),
            reader.One("executable-digest"),
            reader.One("tier-min"),
            reader.Time("issued-at"),
            reader.Time("expires-at"),
            reader.One("sponsor"),
            reader.One("workflow-owner"),
            reader.One("platform-owner"),
            reader.One("security-owner"),
            reader.Many("target-owner"),
            reader.Many("approver"));
        return reader.EndedWell ? order : null;
    }

    public bool Equals(WritOrder? other) =>
        other is not null
        && Lines().SequenceEqual(other.Lines());

    public override int GetHashCode() => HashCode.Combine(Id, Realm, RequestDigest, IssuedAt);

    static DateTimeOffset WholeMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    IEnumerable<(string Key, string Value)> Lines()
    {
        yield return ("id", Id);
        yield return ("realm", Realm);
        yield return ("session", Session);
        yield return ("request", Request);
        yield return ("request-digest", RequestDigest);
        yield return ("policy-digest", PolicyDigest);
        yield return ("argv-digest", ArgvDigest);
        yield return ("cwd-digest", CwdDigest);
        yield return ("environment-digest", EnvironmentDigest);
        yield return ("executable-digest", ExecutableDigest);
        yield return ("tier-min", TierMin);
        yield return ("issued-at", IssuedAt.ToString(TimeFormat, CultureInfo.InvariantCulture));
        yield return ("expires-at", ExpiresAt.ToString(TimeFormat, CultureInfo.InvariantCulture));
        yield return ("sponsor", Sponsor);
        yield return ("workflow-owner", WorkflowOwner);
        yield return ("platform-owner", PlatformOwner);
        yield return ("security-owner", SecurityOwner);
        foreach (var owner in TargetOwners)
            yield return ("target-owner", owner);
        foreach (var approver in Approvers)
            yield return ("approver", approver);
    }

    // Printable, no leading or trailing space, bounded; digests and the tier have their own closed forms.
    static bool IsValue(string key, string value)
    {
        if (value.Length is 0 or > ValueCharactersMax || value[0] == ' ' || value[^1] == ' ')
            return false;
        if (key is "tier-min")
            return value is "T0" or "T1" or "T2" or "T3";
        if (key is "argv-digest" or "cwd-digest" or "environment-digest" or "executable-digest")
            return ActionDigests.IsDigest(value);
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsControl(value[i]) || value[i] is '\u2028' or '\u2029')
                return false;
            if (!char.IsSurrogate(value[i]))
                continue;
            if (!char.IsHighSurrogate(value[i]) || i + 1 == value.Length || !char.IsLowSurrogate(value[++i]))
                return false;
        }
        return true;
    }

    /// <summary>Takes expected lines one by one; the first surprise makes everything after it a failure.</summary>
    ref struct LineReader(string text)
    {
        readonly ReadOnlySpan<char> _text = text;
        int _at;
        bool _failed;

        public readonly bool EndedWell => !_failed && _at == _text.Length;

        public bool TakeHeader()
        {
            const string line = Header + "\n";
            if (!_text.StartsWith(line, StringComparison.Ordinal))
                return false;
            _at = line.Length;
            return true;
        }

        public string One(string key)
        {
            var value = TryTake(key);
            _failed |= value is null;
            return value ?? "";
        }

        public ImmutableArray<string> Many(string key)
        {
            var values = ImmutableArray.CreateBuilder<string>();
            while (TryTake(key) is { } value)
                values.Add(value);
            _failed |= values.Count > ListMax;
            return values.ToImmutable();
        }

        public DateTimeOffset Time(string key)
        {
            var value = One(key);
            const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (DateTimeOffset.TryParseExact(value, TimeFormat, CultureInfo.InvariantCulture, utc, out var time))
                return time;
            _failed = true;
            return DateTimeOffset.MinValue;
        }

        string? TryTake(string key)
        {
            var rest = _text[_at..];
            var end = rest.IndexOf('\n');
            if (_failed || end < 0 || !rest.StartsWith(key, StringComparison.Ordinal)
                || end <= key.Length || rest[key.Length] != ' ')
                return null;
            var value = rest[(key.Length + 1)..end].ToString();
            if (!IsValue(key, value))
                return null;
            _at += end + 1;
            return value;
        }
    }
}

using System.Globalization;
using System.Text;

namespace Writ.Ledger;

/// <summary>
/// Where a published file stands (C2SP tlog-tiles): <c>tile/L/N[.p/W]</c> for hashes and <c>tile/entries/N[.p/W]</c>
/// for entries. Width counts what the file holds, 256 when it is full. The default value is no path (width zero).
/// </summary>
public readonly record struct TilePath
{
    /// <summary>The level of entry bundles, which stand under <c>entries</c> instead of a number.</summary>
    public const int EntriesLevel = -1;

    /// <summary>A tree of 2^63 leaves has no tiles above this level.</summary>
    public const int LevelMax = 7;

    const string Prefix = "tile/";
    const string EntriesName = "entries";
    const int LengthMax = 80;

    public TilePath(int level, long index, int width)
    {
        if (level is < EntriesLevel or > LevelMax || index < 0 || width is < 1 or > Tiles.Width)
            throw new ArgumentOutOfRangeException(nameof(level), $"No tile stands at {level}/{index}, width {width}.");
        (Level, Index, Width) = (level, index, width);
    }

    public int Level { get; }

    public long Index { get; }

    public int Width { get; }

    public bool IsEntries => Level == EntriesLevel;

    public bool IsFull => Width == Tiles.Width;

    /// <summary>The same place once it is full, where a reader looks when a partial file has been removed.</summary>
    public TilePath Full => new(Level, Index, Tiles.Width);

    /// <summary>Reads a path as it comes in a URL, without a leading slash; false for every other spelling.</summary>
    public static bool TryParse(string text, out TilePath path)
    {
        path = default;
        if (text is not { Length: <= LengthMax } || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var rest = text.AsSpan(Prefix.Length);
        var slash = rest.IndexOf('/');
        if (slash < 0)
            return false;
        var level = rest[..slash] is EntriesName ? EntriesLevel
            : slash == 1 && rest[0] is >= '0' and <= (char)('0' + LevelMax) ? rest[0] - '0' : int.MinValue;
        rest = rest[(slash + 1)..];
        var width = Tiles.Width;
        if (rest.IndexOf(".p/", StringComparison.Ordinal) is var partial && partial >= 0)
        {
            if (!int.TryParse(rest[(partial + 3)..], NumberStyles.None, CultureInfo.InvariantCulture, out width)
                || width is < 1 or >= Tiles.Width)
                return false;
            rest = rest[..partial];
        }
        if (level < EntriesLevel || !TryIndex(rest, out var index))
            return false;
        var read = new TilePath(level, index, width);
        // One place has one spelling: needless zeroes and the like are found by writing it again.
        if (!string.Equals(read.ToString(), text, StringComparison.Ordinal))
            return false;
        path = read;
        return true;
    }

    public override string ToString()
    {
        if (Width == 0)
            return "";
        var text = new StringBuilder(Prefix, LengthMax);
        if (IsEntries)
            text.Append(EntriesName);
        else
            text.Append(CultureInfo.InvariantCulture, $"{Level}");
        AppendIndex(text, Index, isLast: true);
        if (!IsFull)
            text.Append(CultureInfo.InvariantCulture, $".p/{Width}");
        return text.ToString();
    }

    static void AppendIndex(StringBuilder text, long index, bool isLast)
    {
        if (index >= 1000)
            AppendIndex(text, index / 1000, isLast: false);
        text.Append(isLast ? "/" : "/x").Append(CultureInfo.InvariantCulture, $"{index % 1000:d3}");
    }

    static bool TryIndex(ReadOnlySpan<char> text, out long index)
    {
        index = 0;
        while (true)
        {
            var isLast = text.Length == 3;
            var group = isLast ? text : text.Length > 5 && text[0] == 'x' && text[4] == '/' ? text[1..4] : default;
            if (!int.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                || index > (long.MaxValue - value) / 1000)
                return false;
            index = index * 1000 + value;
            if (isLast)
                return true;
            text = text[5..];
        }
    }
}

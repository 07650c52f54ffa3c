using System.Globalization;

namespace Writ.Server.Running;

/// <summary>The numbers out of which each session gets one, as its user and as its group.</summary>
/// <param name="Last">The last one, which belongs to it.</param>
public readonly record struct UidRange(int First, int Last)
{
    const int CountMax = 65_536;
    const int Nobody = 65_534;

    /// <summary>
    /// 478 numbers that nobody gives to anybody: above what people get (useradd ends at 60000) and systemd's homes,
    /// containers and greeters (60705), below its services (61184). They fit into the 65536 that a container has, and
    /// into archives with old headers.
    /// </summary>
    public static UidRange Default => new(60_706, 61_183);

    public int Count => Last - First + 1;

    public bool Contains(int uid) => uid >= First && uid <= Last;

    /// <summary>Reads <c>FIRST-LAST</c>; neither root nor nobody may be in it.</summary>
    public static UidRange? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('-') is [var first, var last]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            && new UidRange(from, to) is { First: > 0, Count: > 0 and <= CountMax } range && !range.Contains(Nobody)
            && !range.Contains(Nobody + 1)
            ? range
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}

using System.Globalization;

namespace Writ.Cli;

/// <summary>Instants as people read them here: UTC, never a guess at somebody's time zone.</summary>
static class Moments
{
    public static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>How long until then, in the one or two largest units.</summary>
    public static string Left(DateTimeOffset until, DateTimeOffset now)
    {
        var left = until - now;
        return left <= TimeSpan.Zero ? "over"
            : left.TotalDays >= 1 ? $"{(int)left.TotalDays} d {left.Hours} h left"
            : left.TotalHours >= 1 ? $"{(int)left.TotalHours} h {left.Minutes} min left"
            : left.TotalMinutes >= 1 ? $"{(int)left.TotalMinutes} min left"
            : $"{(int)left.TotalSeconds} s left";
    }

    /// <summary>How long since then, in the largest unit.</summary>
    public static string Age(DateTimeOffset since, DateTimeOffset now)
    {
        var age = now - since;
        return age.TotalDays >= 1 ? $"{(int)age.TotalDays} d"
            : age.TotalHours >= 1 ? $"{(int)age.TotalHours} h"
            : age.TotalMinutes >= 1 ? $"{(int)age.TotalMinutes} min"
            : $"{(int)Math.Max(0, age.TotalSeconds)} s";
    }

    /// <summary>To the millisecond, as signed documents and the ledger write it.</summary>
    public static DateTimeOffset Whole(DateTimeOffset at) =>
        DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
}

using System.Globalization;

namespace Writ.Linux;

/// <summary>The shared libraries in this process's memory.</summary>
public static unsafe class LoadedLibraries
{
    /// <summary>
    /// Lets go of what was read of a library and not written to since: it is the file's, and comes back from there when
    /// it is touched. Whoever becomes another program later has then so much less to clear away. Where nothing is known
    /// of this process's memory nothing happens.
    /// </summary>
    /// <param name="name">How the file's name begins.</param>
    public static void LetGo(string name)
    {
        string[] lines;
        try
        {
            // proc_pid_smaps(5): a mapping's own line, and then its figures, a line each.
            lines = File.ReadAllLines("/proc/self/smaps");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
        ReadOnlySpan<char> range = [];
        foreach (var line in lines)
            if (char.IsAsciiHexDigitLower(line[0]))
                range = IsOf(line, name) && !line.Contains(" rw", StringComparison.Ordinal)
                    ? line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal))
                    : [];
            else if (!range.IsEmpty && line.StartsWith("Anonymous:", StringComparison.Ordinal)
                && line.EndsWith(" 0 kB", StringComparison.Ordinal))
                LetGo(range);
    }

    static bool IsOf(string line, string name)
    {
        var slash = line.LastIndexOf('/');
        return slash >= 0 && line.AsSpan(slash + 1).StartsWith(name, StringComparison.Ordinal);
    }

    // It is only advice: that it was not taken means that everything is as before.
    static void LetGo(ReadOnlySpan<char> range)
    {
        var dash = range.IndexOf('-');
        if (dash > 0 && Address(range[..dash]) is { } from && Address(range[(dash + 1)..]) is { } to && to > from)
            _ = LibC.madvise((void*)from, to - from, LibC.MADV_DONTNEED);
    }

    static nuint? Address(ReadOnlySpan<char> digits) =>
        nuint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            ? address
            : null;
}

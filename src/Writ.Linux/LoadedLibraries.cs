using System.Globalization;

namespace Writ.Linux;

/// <summary>The shared libraries in this process's memory.</summary>
public static unsafe class LoadedLibraries
{
    /// <summary>
    /// Lets go of what was read of libraries and not written to since: it is the files', and comes back from there when
    /// it is touched. Whoever becomes another program later has then so much less to clear away. Where nothing is known
    /// of this process's memory nothing happens.
    /// </summary>
    /// <param name="names">How the files' names begin.</param>
    public static void LetGo(params ReadOnlySpan<string> names)
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
                range = IsOf(line, names) && !line.Contains(" rw", StringComparison.Ordinal)
                    ? line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal))
                    : [];
            else if (!range.IsEmpty && line.StartsWith("Anonymous:", StringComparison.Ordinal)
                && line.EndsWith(" 0 kB", StringComparison.Ordinal))
                LetGo(range);
    }

    static bool IsOf(string line, ReadOnlySpan<string> names)
    {
        var file = line.AsSpan(line.LastIndexOf('/') + 1);
        foreach (var name in names)
            if (file.StartsWith(name, StringComparison.Ordinal))
                return true;
        return false;
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

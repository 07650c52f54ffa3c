using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Writ.Linux.Tests;

/// <summary>Libraries that are in memory, and let go of.</summary>
public sealed class LoadedLibrariesTests
{
    const string Name = "libcrypto.";

    [Fact]
    public void What_was_let_go_of_comes_back_when_it_is_used()
    {
        var digest = SHA256.HashData("x"u8);
        var before = KilobytesOf(Name);
        Assert.True(before > 0, "the library is in memory");

        LoadedLibraries.LetGo(Name);

        // Others use it meanwhile; most of it nobody does.
        Assert.InRange(KilobytesOf(Name), 0, before / 2);
        Assert.Equal(digest, SHA256.HashData("x"u8));
    }

    [Fact]
    public void A_library_that_is_not_there_is_none() => LoadedLibraries.LetGo("libnone.");

    // Of its mappings that were never written to: proc_pid_smaps(5).
    static int KilobytesOf(string name)
    {
        var (isOf, kilobytes, all) = (false, 0, 0);
        foreach (var line in File.ReadLines("/proc/self/smaps", Encoding.ASCII))
        {
            if (char.IsAsciiHexDigitLower(line[0]))
                isOf = line.Contains($"/{name}", StringComparison.Ordinal);
            else if (isOf && line.StartsWith("Rss:", StringComparison.Ordinal))
                kilobytes = int.Parse(line.AsSpan(4, line.Length - 6), NumberStyles.Any, CultureInfo.InvariantCulture);
            else if (isOf && line.StartsWith("Anonymous:", StringComparison.Ordinal)
                && line.EndsWith(" 0 kB", StringComparison.Ordinal))
                all += kilobytes;
        }
        return all;
    }
}

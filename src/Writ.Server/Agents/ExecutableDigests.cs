using System.Collections.Concurrent;
using System.Security.Cryptography;
using Writ.Linux;

namespace Writ.Server.Agents;

/// <summary>SHA-256 of executables by content. A file is read again whenever anything about it has changed.</summary>
sealed class ExecutableDigests(TimeProvider time)
{
    const int EntriesMax = 4_096;
    const long BytesMax = 1L << 30;
    const int AttemptsMax = 3;

    /// <summary>A file that changed this recently could change again without a new change time.</summary>
    static readonly TimeSpan _settled = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<FileStamp, string> _known = new();

    /// <summary>
    /// Null when there is no such regular file, it cannot be read, is too large, or does not hold still.
    /// </summary>
    public string? TryDigest(string path)
    {
        using var file = Files.TryOpenRead(path, out _);
        if (file is null || !Files.Facts(file).IsRegular)
            return null;
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var before = FileStamp.Of(file);
            if (_known.TryGetValue(before, out var known))
                return known;
            if (before.Size > BytesMax)
                return null;
            var digest = Hash(path);
            using var again = Files.TryOpenRead(path, out _);
            if (digest is null || again is null || FileStamp.Of(again) != before)
                continue;
            if (time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(before.ChangedSeconds) > _settled)
            {
                // Rarely full: an executable is a handful of files.
                if (_known.Count >= EntriesMax)
                    _known.Clear();
                _known[before] = digest;
            }
            return digest;
        }
        return null;
    }

    static string? Hash(string path)
    {
        using var file = Files.TryOpenRead(path, out _);
        if (file is null)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var total = 0L;
        int count;
        while ((count = file.Read(buffer)) > 0)
        {
            if ((total += count) > BytesMax)
                return null;
            hash.AppendData(buffer, 0, count);
        }
        return count < 0 ? null : Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

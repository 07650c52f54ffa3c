using System.Security.Cryptography;
using Writ.Linux;
using Writ.Runs;

namespace Writ.Launcher;

/// <summary>
/// The SHA-256 of a file's content, read from the start. Small files are hashed here; for large ones the platform's
/// library, which uses the processor's own instructions, makes up for the two milliseconds that loading it takes. Where
/// it was loaded before, it hashes all.
/// </summary>
static class ContentDigest
{
    const long LargeBytes = 768 * 1024;

    // On the stack: to clear new memory of the heap takes as long as to hash as much.
    const int ChunkBytes = 32 * 1024;

    static bool s_prepared;

    /// <summary>Loads the platform's library, for who has the time now.</summary>
    internal static void Prepare()
    {
        using var platform = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        platform.AppendData([0]);
        _ = ActionDigests.Hex(platform.GetHashAndReset());
        s_prepared = true;
    }

    internal static string Of(Descriptor file)
    {
        if (!s_prepared && Files.Facts(file).Size < LargeBytes)
        {
            var hash = new Sha256();
            Feed(file, hash.Append);
            return ActionDigests.Hex(hash.Finish());
        }
        using var platform = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Feed(file, platform.AppendData);
        return ActionDigests.Hex(platform.GetHashAndReset());
    }

    static void Feed(Descriptor file, Action<ReadOnlySpan<byte>> append)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        int count;
        while ((count = file.Read(chunk)) > 0)
            append(chunk[..count]);
        if (count < 0)
            throw new LinuxFaultException("read(executable)", -count);
    }
}

using Writ.Linux;
using Writ.Runs;

namespace Writ.Launcher;

/// <summary>The SHA-256 of a file's content, read from the start whatever the offset.</summary>
static class ContentDigest
{
    const int ChunkBytes = 64 * 1024;

    internal static string Of(Descriptor file)
    {
        var hash = new Sha256();
        var chunk = new byte[ChunkBytes];
        while (true)
        {
            var count = file.Read(chunk);
            if (count < 0)
                throw new LinuxFaultException("read(executable)", -count);
            if (count == 0)
                return ActionDigests.Hex(hash.Finish());
            hash.Append(chunk.AsSpan(0, count));
        }
    }
}
